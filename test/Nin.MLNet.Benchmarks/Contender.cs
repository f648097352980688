using System.Diagnostics;
using System.Globalization;

namespace Nin.MLNet.Benchmarks;

/// <summary>One side of a comparison: a process of its own that prints figures, one a line.</summary>
internal sealed record Contender(string Name, string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string>? Environment = null)
{
    /// <summary>This program, as a child.</summary>
    public static Contender Self(string name, params string[] arguments) =>
        new(name, System.Environment.ProcessPath!, System.Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? [typeof(Contender).Assembly.Location, "run", .. arguments] : ["run", .. arguments]);

    /// <summary>The figures of one run; null where the program is not there or fails: a peer that is absent is never called beaten.</summary>
    public IReadOnlyList<double>? Run()
    {
        var start = new ProcessStartInfo(Program, Arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in Environment ?? new Dictionary<string, string>())
            start.Environment[key] = value;
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            process.WaitForExit();
            var figures = lines.Select(line => double.TryParse(line, CultureInfo.InvariantCulture, out var figure) ? figure : double.NaN).Where(double.IsFinite).ToList();
            if (process.ExitCode == 0 && figures.Count > 0)
                return figures;
            Console.Error.WriteLine($"{Name}: exit {process.ExitCode}: {errors.Result.Trim().Split('\n')[^1]}");
            return null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
