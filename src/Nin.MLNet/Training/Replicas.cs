using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>
/// The ranks that train together, as the parts of a training see them. With a single rank nothing changes and nothing is spent. All ranks
/// decide alike because they decide from the same sums; what only one can know (time, a request to stop) comes from the first rank.
/// </summary>
internal sealed class Replicas(IReplicaGroup? ranks)
{
    private const string SharedMark = "Nin.MLNet: thrown by all ranks", Cancelled = nameof(OperationCanceledException);
    private readonly IReplicaGroup? group = ranks is { Count: > 1 } ? ranks : null;

    /// <summary>This process alone.</summary>
    public static Replicas None { get; } = new(null);

    public bool AreMany => group is not null;

    public int Count => group?.Count ?? 1;

    public int Rank => group?.Rank ?? 0;

    public bool IsFirst => Rank == 0;

    /// <summary>What connects the ranks, in words.</summary>
    public string Name => group?.ToString() ?? "none";

    public void Sum(Span<double> values) => group?.Sum(values);

    public double Sum(double value)
    {
        Span<double> values = [value];
        Sum(values);
        return values[0];
    }

    /// <summary>Sums float32 tensors of the same shape over the ranks, in place.</summary>
    public void Sum(Tensor values)
    {
        if (group is null)
            return;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        // The group reads host memory; on the CPU this is the tensor's own memory.
        var local = values.detach().cpu();
        group.Sum(MemoryMarshal.Cast<byte, float>(local.bytes));
        if (values.device.type != TorchSharp.DeviceType.CPU)
            values.copy_(local);
    }

    /// <summary>
    /// Starts to sum a contiguous float32 CPU tensor in place. Nothing else may touch it until <see cref="EndSums"/>.
    /// </summary>
    public void BeginSum(Tensor values) => group?.BeginSum(MemoryMarshal.Cast<byte, float>(values.bytes));

    /// <summary>Advances the sums that were started.</summary>
    public void AdvanceSums() => group?.AdvanceSums();

    /// <summary>Waits until all sums that were started are done.</summary>
    public void EndSums() => group?.EndSums();

    /// <summary>Replaces a float32 tensor's values by their mean over the ranks.</summary>
    public void Average(Tensor values)
    {
        if (group is null || values.NumberOfElements == 0)
            return;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Sum(values);
        values.ScaleInPlace(1.0 / Count);
    }

    /// <summary>Replaces each value by its maximum over the ranks.</summary>
    public void Maximum(Span<float> values)
    {
        if (group is null)
            return;
        foreach (var other in group.Gather(MemoryMarshal.AsBytes(values)))
        {
            var theirs = MemoryMarshal.Cast<byte, float>(other);
            for (var i = 0; i < values.Length; i++)
                values[i] = Math.Max(values[i], theirs[i]);
        }
    }

    /// <summary>Whether the condition holds on all ranks.</summary>
    public bool All(bool isSo) => group is null ? isSo : Sum(isSo ? 0.0 : 1.0) == 0;

    /// <summary>The first rank's value.</summary>
    public T OfFirst<T>(T value)
        where T : unmanaged
    {
        group?.Broadcast(MemoryMarshal.AsBytes(new Span<T>(ref value)));
        return value;
    }

    /// <summary>The first rank's bytes, or null if it has none; what the others pass is ignored.</summary>
    public byte[]? OfFirst(byte[]? value)
    {
        if (group is null)
            return value;
        var length = OfFirst(value is null ? -1 : value.Length);
        if (length < 0)
            return null;
        var bytes = IsFirst ? value! : new byte[length];
        group.Broadcast(bytes);
        return bytes;
    }

    /// <summary>Every rank's number.</summary>
    public long[] Gather(long value) =>
        group is null ? [value] : [.. group.Gather(BitConverter.GetBytes(value)).Select(bytes => BitConverter.ToInt64(bytes))];

    /// <summary>Every rank's text.</summary>
    public string[] Gather(string value) =>
        group is null ? [value] : [.. group.Gather(Encoding.UTF8.GetBytes(value)).Select(Encoding.UTF8.GetString)];

    /// <summary>The values of all ranks, in rank order.</summary>
    public T[] Join<T>(T[] values)
        where T : unmanaged =>
        group is null
            ? values
            : [.. group.Gather(MemoryMarshal.AsBytes(values.AsSpan())).SelectMany(bytes => MemoryMarshal.Cast<byte, T>(bytes).ToArray())];

    /// <summary>
    /// Does work that may fail on some ranks only and does not call the group, then waits for the others: all continue, or all throw.
    /// </summary>
    public T Together<T>(Func<T> work)
    {
        if (group is null)
            return work();
        var (result, failure) = Try(work);
        var failures = Gather(failure switch
        {
            null => "",
            OperationCanceledException => Cancelled,
            _ => $"{failure.GetType().Name}: {failure.Message}",
        });
        if (failure is not null)
            throw Shared(failure);
        var failed = Array.FindIndex(failures, text => text.Length > 0);
        if (failed < 0)
            return result!;
        (result as IDisposable)?.Dispose();
        if (failures[failed].StartsWith(Cancelled, StringComparison.Ordinal))
            throw Shared(new OperationCanceledException("Another rank of the training was cancelled."));
        throw Shared(new InvalidOperationException(Invariant($"Rank {failed} of {Count} failed. {failures[failed]}")));
    }

    /// <summary>Throws on all ranks if one of them is to end; all call it at the same place.</summary>
    public void CheckAlive(ITrainingLog log) => SumAlive(log, []);

    /// <summary>
    /// Replaces each value by its sum over all ranks, or throws on all if one of them is to end; a single message does both.
    /// </summary>
    public void SumAlive(ITrainingLog log, Span<double> values)
    {
        if (group is null)
        {
            log.CheckAlive();
            return;
        }

        OperationCanceledException? own = null;
        try
        {
            log.CheckAlive();
        }
        catch (OperationCanceledException e)
        {
            own = e;
        }

        Span<double> all = [.. values, own is null ? 0 : 1];
        group.Sum(all);
        if (all[^1] > 0)
            throw Shared(own ?? new OperationCanceledException("Another rank of the training was cancelled."));
        all[..^1].CopyTo(values);
    }

    /// <summary>Throws on all ranks if their weights are not bitwise identical.</summary>
    public void RequireSameWeights(NinNetwork network)
    {
        if (group is null)
            return;
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(network.Parameters.detach().cpu().bytes);
        hash.AppendData(network.Buffers.detach().cpu().bytes);
        var hashes = Gather(Convert.ToHexStringLower(hash.GetHashAndReset()));
        var other = Array.FindIndex(hashes, text => text != hashes[0]);
        if (other > 0)
            throw Shared(new InvalidOperationException(Invariant(
                $"The weights of rank {other} are not those of rank 0 (SHA-256 {hashes[other][..12]} and {hashes[0][..12]}): ") +
                "the ranks compute differently. Start all of them on machines with the same kind of processor."));
    }

    /// <summary>Marks an exception that every rank throws at the same place, so that no rank is left waiting.</summary>
    public static Exception Shared(Exception exception)
    {
        exception.Data[SharedMark] = true;
        return exception;
    }

    /// <summary>Ends all ranks if this one alone threw an exception: the others would wait for it for ever.</summary>
    /// <returns>False, so that the exception propagates.</returns>
    public bool AbortIfAlone(Exception exception)
    {
        if (group is not null && !exception.Data.Contains(SharedMark))
            group.Abort(
                Invariant($"Rank {Rank} of {Count} failed, so all ranks are ended. {exception.GetType().Name}: {exception.Message}"));
        return false;
    }

    private static (T? Result, Exception? Failure) Try<T>(Func<T> work)
    {
        try
        {
            return (work(), null);
        }
        catch (Exception e)
        {
            return (default, e);
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
