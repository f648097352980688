namespace Nin.MLNet;

/// <summary>
/// The processes ("ranks") that train one model together, for <see cref="NinTrainer.Options.Distributed"/>; <c>NinDistributed.Mpi()</c> of
/// the package Nin.MLNet.Mpi returns one. Except for <see cref="Abort"/> and <see cref="AdvanceSums"/>, all ranks call the methods in the
/// same order, from one thread at a time. A method returns when all ranks have contributed, unless it says otherwise. Results must be
/// bitwise identical on all ranks, and identical again for the same values.
/// </summary>
public interface IReplicaGroup
{
    /// <summary>
    /// Number of this process, from 0. The first process logs, calls the callbacks, writes checkpoints and makes the decisions.
    /// </summary>
    int Rank { get; }

    /// <summary>Number of processes, at least 1. A group of one behaves as if there were no group.</summary>
    int Count { get; }

    /// <summary>Replaces each value with its sum over all ranks.</summary>
    /// <param name="values">The values; the same number of them on every rank.</param>
    void Sum(Span<float> values);

    /// <inheritdoc cref="Sum(Span{float})"/>
    void Sum(Span<double> values);

    /// <summary>
    /// Begins to replace each value with its sum over all ranks, and may return before the result is there. Until <see cref="EndSums"/>,
    /// the caller must not touch the values, and their memory must not move. Other methods of the group may be called meanwhile.
    /// </summary>
    /// <param name="values">The values; the same number of them on every rank.</param>
    void BeginSum(Span<float> values);

    /// <summary>
    /// Lets sums already begun make progress, for groups where that happens only during calls; returns at once. Each rank may call it at
    /// any time.
    /// </summary>
    void AdvanceSums();

    /// <summary>Waits until all sums already begun are complete.</summary>
    void EndSums();

    /// <summary>Replaces every rank's values with those of the first rank.</summary>
    /// <param name="values">The values; the same number of them on every rank.</param>
    void Broadcast(Span<byte> values);

    /// <summary>Gives every rank the bytes of all ranks, in rank order.</summary>
    /// <param name="own">This rank's bytes; their number may differ from rank to rank.</param>
    byte[][] Gather(ReadOnlySpan<byte> own);

    /// <summary>
    /// Ends the processes of all ranks, whatever they are doing, because this one cannot go on; may not return. One rank alone calls it.
    /// </summary>
    /// <param name="reason">The reason, for the error stream.</param>
    void Abort(string reason);
}
