using System.Globalization;

namespace Nin.MLNet;

/// <summary>Connects the processes that train one model together, for <see cref="NinTrainer.Options.Distributed"/>.</summary>
public static class NinDistributed
{
    private static readonly Lazy<IReplicaGroup> World = new(MpiReplicaGroup.OfWorld);

    /// <summary>How many processes Open MPI's <c>mpirun</c> has started; 1 without it. Loads nothing.</summary>
    public static int MpiProcesses =>
        int.TryParse(Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE"), CultureInfo.InvariantCulture, out var size)
            ? Math.Max(1, size)
            : 1;

    /// <summary>
    /// All processes that <c>mpirun</c> of Open MPI has started, this one alone where it was not started by it. MPI is initialised by the
    /// first call and finalised when the process ends. Trainings on it follow one another; no two run at once.
    /// </summary>
    /// <exception cref="DllNotFoundException">Open MPI is not installed, or the MPI that is has another binary interface.</exception>
    /// <exception cref="InvalidOperationException">MPI could not be initialised.</exception>
    public static IReplicaGroup Mpi() => World.Value;
}
