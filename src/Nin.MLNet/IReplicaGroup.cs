namespace Nin.MLNet;

/// <summary>
/// The processes ("ranks") that train one model together, for <see cref="NinTrainer.Options.Distributed"/>;
/// <c>NinDistributed.Mpi()</c> of the package Nin.MLNet.Mpi gives one. But for <see cref="Abort"/> and <see cref="AdvanceSums"/>, every
/// method is called by all ranks in the same order, from one thread at a time. It returns when all have given their share, unless it says
/// otherwise. Whatever comes back must be bitwise the same on all ranks, and the same again for the same values.
/// </summary>
public interface IReplicaGroup
{
    /// <summary>Number of this process, from 0. The first one logs, calls the callbacks, writes checkpoints and decides.</summary>
    int Rank { get; }

    /// <summary>Number of processes, at least 1. A group of one is as good as none.</summary>
    int Count { get; }

    /// <summary>Puts the sum over all ranks in the place of each value.</summary>
    /// <param name="values">As many on every rank.</param>
    void Sum(Span<float> values);

    /// <inheritdoc cref="Sum(Span{float})"/>
    void Sum(Span<double> values);

    /// <summary>
    /// Begins to put the sum over all ranks in the place of each value, and may return before it is there. Until <see cref="EndSums"/>
    /// the caller leaves the values alone, and their memory does not move. The group may be called for other things meanwhile.
    /// </summary>
    /// <param name="values">As many on every rank.</param>
    void BeginSum(Span<float> values);

    /// <summary>
    /// Lets sums that were begun go on, where they do so in calls alone, and returns at once. Each rank calls it when it likes.
    /// </summary>
    void AdvanceSums();

    /// <summary>Waits until all sums that were begun are there.</summary>
    void EndSums();

    /// <summary>Puts the first rank's values in the place of everybody's.</summary>
    /// <param name="values">As many on every rank.</param>
    void Broadcast(Span<byte> values);

    /// <summary>Gives every rank what all ranks have, in the order of the ranks.</summary>
    /// <param name="own">This rank's; their number may differ from rank to rank.</param>
    byte[][] Gather(ReadOnlySpan<byte> own);

    /// <summary>
    /// Ends the processes of all ranks, whatever they are doing, since this one cannot go on; it may not return. Called by one rank alone.
    /// </summary>
    /// <param name="reason">Why, for the error stream.</param>
    void Abort(string reason);
}
