using System.Globalization;
using Nin.MLNet.Hosting;
using Nin.MLNet.Training;

namespace Nin.MLNet.Fitting;

/// <summary>
/// Detects several copies of a program, started by <c>mpirun</c>, that do not know of each other: each would train the whole model alone.
/// </summary>
internal static class LaunchCheck
{
    /// <summary>Where Open MPI, and MPICH and its derivatives, say how many processes they started.</summary>
    private static readonly string[] Sizes = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"];

    /// <exception cref="ArgumentOutOfRangeException">
    /// All of them would write the same checkpoint, or the group is of another MPI than the one that started them.
    /// </exception>
    public static void Check(NinTrainer.Options options, ITrainingLog log)
    {
        var processes = Processes();
        if (options.Distributed is { Count: > 1 } || processes <= 1)
            return;
        if (options.Distributed is { } alone)
            throw Refusal.Option(nameof(options.Distributed), string.Create(
                CultureInfo.InvariantCulture,
                $"MPI started {processes} processes, but {alone} knows of one: each would train the whole model by itself. Start them " +
                $"with the mpirun that belongs to {alone}, or set NIN_MPI_LIBRARY to the library of the mpirun that started them."));
        const string wayOut = "Set Options.Distributed = NinDistributed.Mpi() (package Nin.MLNet.Mpi) to train one model together";
        if (options.CheckpointPath is { } path)
            throw Refusal.Option(nameof(options.CheckpointPath), string.Create(
                CultureInfo.InvariantCulture,
                $"MPI started {processes} processes and Options.Distributed is null: each would train by itself, and all would write " +
                $"Options.CheckpointPath '{path}'. {wayOut}, or leave CheckpointPath null."));
        log.Warning(string.Create(
            CultureInfo.InvariantCulture,
            $"MPI started {processes} processes and Options.Distributed is null: each trains by itself. {wayOut}."));
    }

    private static int Processes() => Sizes
        .Select(name => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var size) ? size : 1)
        .Max();
}
