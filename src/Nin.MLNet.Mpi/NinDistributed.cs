using System.Globalization;

namespace Nin.MLNet;

/// <summary>Connects the processes that train one model together, for <see cref="NinTrainer.Options.Distributed"/>.</summary>
public static class NinDistributed
{
    private static readonly Lazy<IReplicaGroup> World = new(MpiReplicaGroup.OfWorld);

    /// <summary>Number of processes that Open MPI's <c>mpirun</c> has started; 1 without it. Loads nothing.</summary>
    public static int MpiProcesses =>
        int.TryParse(Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE"), CultureInfo.InvariantCulture, out var size)
            ? Math.Max(1, size)
            : 1;

    /// <summary>
    /// All processes that Open MPI's <c>mpirun</c> has started, or this one alone if it was not started that way. The first call
    /// initialises MPI; it is finalised when the process ends. Training runs on it follow one another; no two may run at once.
    /// </summary>
    /// <exception cref="DllNotFoundException">Open MPI is not installed, or the installed MPI has a different binary
    /// interface.</exception>
    /// <exception cref="InvalidOperationException">MPI could not be initialised.</exception>
    public static IReplicaGroup Mpi() => World.Value;
}
