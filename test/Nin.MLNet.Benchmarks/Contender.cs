using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// One side of a comparison: a separate process that prints "threads N", the number it really used, then its figures, one per line.
/// </summary>
/// <param name="Name">Its name in the tables.</param>
/// <param name="Threads">The number of threads it was told to use; null: it chooses.</param>
/// <param name="Program">The program to run.</param>
/// <param name="Arguments">The program's arguments.</param>
internal sealed record Contender(string Name, int? Threads, string Program, IReadOnlyList<string> Arguments)
{
    private const string ThreadsLine = "threads ";

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether another process keeps a core busy at the same time.</summary>
    public bool IsDisturbed { get; init; }

    /// <summary>The time after which it is stopped and counts as absent; default: never.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>The command that starts this program or another build of it.</summary>
    public static (string Program, IReadOnlyList<string> Arguments) Command(string verb, string? build = null)
    {
        var own = System.Environment.ProcessPath!;
        // If the runtime was started with the program as its argument, this is the runtime's path.
        if (build is null)
            return own.EndsWith("dotnet", StringComparison.Ordinal) ? (own, [typeof(Contender).Assembly.Location, verb]) : (own, [verb]);
        return build.EndsWith(".dll", StringComparison.Ordinal) ? ("dotnet", [build, verb]) : (build, [verb]);
    }

    /// <summary>This program, or another build of it, as a child process.</summary>
    public static Contender Self(string name, int? threads, IReadOnlyList<string> arguments, string? build = null)
    {
        var (program, start) = Command("run", build);
        IReadOnlyList<string> asked = threads is { } count ? ["--threads", count.ToString(CultureInfo.InvariantCulture)] : [];
        return new Contender(name, threads, program, [.. start, .. arguments, .. asked]);
    }

    /// <summary>One run; null if the program is missing or fails: we never claim to beat an absent peer.</summary>
    /// <exception cref="InvalidOperationException">It used a different number of threads than asked, or does not say how many.</exception>
    public Measured? Run()
    {
        var start = new ProcessStartInfo(Program, Arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in Environment)
            start.Environment[key] = value;
        using var busy = IsDisturbed ? new BusyProcess() : null;
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Limit ?? Timeout.InfiniteTimeSpan))
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
                return null;
            }

            if (process.ExitCode == 0)
                return Read(output.Result);
            Console.Error.WriteLine($"{Name}: exit {process.ExitCode}: {errors.Result.Trim().Split('\n')[^1]}");
            return null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Reads what a run printed.</summary>
    /// <exception cref="InvalidOperationException">The thread count is missing or is not the one asked for.</exception>
    public Measured Read(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (lines.Length == 0 || !lines[0].StartsWith(ThreadsLine, StringComparison.Ordinal))
        {
            throw new InvalidOperationException(
                $"{Name}: its first line is '{lines.FirstOrDefault()}', expected '{ThreadsLine}' and the number it used.");
        }

        var used = int.Parse(lines[0][ThreadsLine.Length..], CultureInfo.InvariantCulture);
        if (Threads is { } asked && asked != used)
        {
            throw new InvalidOperationException(
                $"{Name}: {asked} thread(s) were asked for, {used} worked. Nothing can be compared: find out why, or run all on {used}.");
        }

        return new Measured(used, [.. lines.Skip(1).Select(line => double.Parse(line, CultureInfo.InvariantCulture))]);
    }

    /// <summary>Prints what <see cref="Read"/> reads.</summary>
    public static void Write(Measured measured)
    {
        Console.WriteLine(ThreadsLine + measured.Threads.ToString(CultureInfo.InvariantCulture));
        foreach (var figure in measured.Figures)
            Console.WriteLine(figure.ToString("R", CultureInfo.InvariantCulture));
    }
}
