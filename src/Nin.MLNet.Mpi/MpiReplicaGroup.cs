using System.Globalization;

namespace Nin.MLNet;

/// <summary>
/// MPI_COMM_WORLD. The order in which Open MPI adds depends only on the number of ranks and of values, so repeating a training gives the
/// same bits. The training checks that all ranks have the same bits.
/// </summary>
internal sealed unsafe class MpiReplicaGroup : IReplicaGroup
{
    /// <summary>
    /// MPI_THREAD_SERIALIZED: any thread may call, one at a time. A program may train on a different thread from the one it started on.
    /// </summary>
    private const int ThreadsOneAtATime = 2;
    private const int FailureCode = 1;

    /// <summary>Maximum number of sums in progress; one more waits for all of them.</summary>
    private const int MostSums = 16;
    private readonly MpiLibrary mpi;
    private readonly nint[] requests = GC.AllocateArray<nint>(MostSums, pinned: true);
    private int begun;

    private MpiReplicaGroup(MpiLibrary mpi)
    {
        this.mpi = mpi;
        Initialise();
        int rank, count;
        var ofWorld = (delegate* unmanaged<nint, int*, int>)mpi.Address("MPI_Comm_rank");
        MpiLibrary.Check(ofWorld(mpi.World, &rank), "MPI_Comm_rank");
        ofWorld = (delegate* unmanaged<nint, int*, int>)mpi.Address("MPI_Comm_size");
        MpiLibrary.Check(ofWorld(mpi.World, &count), "MPI_Comm_size");
        (Rank, Count) = (rank, count);
    }

    public int Rank { get; }

    public int Count { get; }

    public static IReplicaGroup OfWorld() => new MpiReplicaGroup(MpiLibrary.Load());

    public void Sum(Span<float> values)
    {
        fixed (float* place = values)
            Reduce((nint)place, values.Length, mpi.Float);
    }

    public void Sum(Span<double> values)
    {
        fixed (double* place = values)
            Reduce((nint)place, values.Length, mpi.Double);
    }

    public void BeginSum(Span<float> values)
    {
        if (begun == MostSums)
            EndSums();
        fixed (float* place = values)
        {
            fixed (nint* request = &requests[begun])
            {
                MpiLibrary.Check(
                    mpi.Iallreduce(MpiLibrary.InPlace, (nint)place, values.Length, mpi.Float, mpi.Sum, mpi.World, request),
                    "MPI_Iallreduce");
            }
        }

        begun++;
    }

    public void AdvanceSums()
    {
        if (begun == 0)
            return;
        int areDone;
        fixed (nint* all = requests)
            MpiLibrary.Check(mpi.Testall(begun, all, &areDone, MpiLibrary.NoStatuses), "MPI_Testall");
    }

    public void EndSums()
    {
        fixed (nint* all = requests)
            MpiLibrary.Check(mpi.Waitall(begun, all, MpiLibrary.NoStatuses), "MPI_Waitall");
        begun = 0;
    }

    public void Broadcast(Span<byte> values)
    {
        fixed (byte* place = values)
            MpiLibrary.Check(mpi.Bcast((nint)place, values.Length, mpi.Byte, 0, mpi.World), "MPI_Bcast");
    }

    public byte[][] Gather(ReadOnlySpan<byte> own)
    {
        var lengths = new long[Count];
        long length = own.Length;
        fixed (long* all = lengths)
            MpiLibrary.Check(mpi.Allgather((nint)(&length), 1, mpi.Long, (nint)all, 1, mpi.Long, mpi.World), "MPI_Allgather");
        var (counts, starts, total) = (new int[Count], new int[Count], 0L);
        for (var rank = 0; rank < Count; rank++)
        {
            (counts[rank], starts[rank]) = ((int)lengths[rank], (int)Math.Min(total, int.MaxValue));
            total += lengths[rank];
        }

        // MPI counts in 32 bits. All ranks throw together, because all know all lengths.
        if (total > int.MaxValue)
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"{total:N0} bytes are to be gathered from {Count} ranks: MPI takes {int.MaxValue:N0}."));
        var bytes = new byte[total];
        if (total == 0)
            return [.. counts.Select(_ => bytes)];
        fixed (byte* from = own, to = bytes)
        {
            fixed (int* count = counts, start = starts)
            {
                MpiLibrary.Check(
                    mpi.Allgatherv((nint)from, own.Length, mpi.Byte, (nint)to, count, start, mpi.Byte, mpi.World), "MPI_Allgatherv");
            }
        }

        return [.. counts.Select((count, rank) => bytes.AsSpan(starts[rank], count).ToArray())];
    }

    public void Abort(string reason)
    {
        Console.Error.WriteLine($"error: {reason}");
        Console.Error.Flush();
        Abort(FailureCode);
    }

    /// <summary>What connects the ranks.</summary>
    public override string ToString() => mpi.Version ?? "Open MPI";

    private void Abort(int code) => _ = ((delegate* unmanaged<nint, int, int>)mpi.Address("MPI_Abort"))(mpi.World, code);

    private void Reduce(nint place, int count, nint type) =>
        MpiLibrary.Check(mpi.Allreduce(MpiLibrary.InPlace, place, count, type, mpi.Sum, mpi.World), "MPI_Allreduce");

    private void Initialise()
    {
        int isInitialised, threads = ThreadsOneAtATime;
        MpiLibrary.Check(((delegate* unmanaged<int*, int>)mpi.Address("MPI_Initialized"))(&isInitialised), "MPI_Initialized");
        if (isInitialised != 0)
            return;
        var start = (delegate* unmanaged<nint, nint, int, int*, int>)mpi.Address("MPI_Init_thread");
        MpiLibrary.Check(start(0, 0, ThreadsOneAtATime, &threads), "MPI_Init_thread");
        if (threads < ThreadsOneAtATime)
            throw new InvalidOperationException(
                $"{this} was built without threads (MPI_Init_thread gives level {threads}): install one that has them.");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Finalise();
    }

    /// <summary>
    /// If a process ends in failure, end all of them: the others may be waiting for it, and MPI's own finalisation would wait for them.
    /// </summary>
    private void Finalise()
    {
        int isFinalised;
        if (((delegate* unmanaged<int*, int>)mpi.Address("MPI_Finalized"))(&isFinalised) != 0 || isFinalised != 0)
            return;
        if (Environment.ExitCode != 0)
            Abort(Environment.ExitCode);
        _ = ((delegate* unmanaged<int>)mpi.Address("MPI_Finalize"))();
    }
}
