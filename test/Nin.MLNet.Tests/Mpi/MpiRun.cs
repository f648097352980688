using System.Diagnostics;

namespace Nin.MLNet.Tests.Mpi;

/// <summary>A program started by <c>mpirun</c>, and how it ended.</summary>
/// <param name="Code">The exit code of <c>mpirun</c>.</param>
/// <param name="Output">Everything it and its processes printed, on both streams.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record MpiRun(int Code, string Output, double Seconds)
{
    /// <summary>After this time it is killed.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Skips the test if Open MPI is not installed.</summary>
    public static void RequireOpenMpi()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!OperatingSystem.IsLinux() || !folders.Any(folder => File.Exists(Path.Combine(folder, "mpirun"))))
            Assert.Inconclusive("There is no mpirun here: install Open MPI (Debian: openmpi-bin) to run the tests of MPI.");
    }

    /// <summary>Runs the scenario in <see cref="RankProgram"/> on two ranks.</summary>
    public static MpiRun OfTests(params string[] arguments) => OfTests(2, arguments);

    /// <summary>The same on any number of ranks.</summary>
    public static MpiRun OfTests(int ranks, params string[] arguments) =>
        Start(ranks, [Path.Combine(AppContext.BaseDirectory, "Nin.MLNet.Tests.dll"), RankProgram.Argument, .. arguments]);

    /// <summary>Runs a .NET program on two ranks with one thread each.</summary>
    public static MpiRun Start(params string[] arguments) => Start(2, arguments);

    /// <param name="ranks">Number of ranks, with one thread each.</param>
    /// <param name="arguments">The program and its arguments.</param>
    /// <param name="meanwhile">What to do while it runs.</param>
    public static MpiRun Start(int ranks, string[] arguments, Action? meanwhile = null)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(
            "mpirun",
            ["-n", $"{ranks}", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1", dotnet, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in new[]
        {
            ("OMPI_ALLOW_RUN_AS_ROOT", "1"), ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"), ("OMP_NUM_THREADS", "1"),
        })
            start.Environment[name] = value;
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        using var limit = new Timer(_ => process.Kill(entireProcessTree: true), null, Limit, Timeout.InfiniteTimeSpan);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        try
        {
            meanwhile?.Invoke();
            process.WaitForExit();
        }
        finally
        {
            // It may still run if meanwhile has thrown.
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }

        return new MpiRun(process.ExitCode, output.Result + errors.Result, watch.Elapsed.TotalSeconds);
    }
}
