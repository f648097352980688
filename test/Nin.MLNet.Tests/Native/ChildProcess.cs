using System.Diagnostics;

namespace Nin.MLNet.Tests.Native;

/// <summary>Runs this program in a separate process, since much of libtorch is fixed once it is loaded.</summary>
internal static class ChildProcess
{
    /// <summary>How long a process may take; the slowest takes a minute.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Emulates the simpler processor that most machines have: no AVX-512, no bfloat16.</summary>
    public static readonly (string Name, string? Value)[] WithoutAvx512 =
        [("DOTNET_EnableAVX512", "0"), ("ONEDNN_MAX_CPU_ISA", "AVX2"), ("ATEN_CPU_CAPABILITY", "avx2")];

    /// <summary>Runs the tests whose names contain <paramref name="test"/>, and fails unless they pass.</summary>
    /// <param name="test">Part of the full name of a test.</param>
    /// <param name="environment">Variables to set, or to remove if null.</param>
    /// <returns>Everything the process printed.</returns>
    public static string Run(string test, params (string Name, string? Value)[] environment) =>
        Run(["--filter", $"FullyQualifiedName~{test}"], environment);

    /// <summary>Runs this program, and fails unless it succeeds.</summary>
    public static string Run(string[] arguments, params (string Name, string? Value)[] environment)
    {
        var isHost = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        string[] program = isHost ? [typeof(ChildProcess).Assembly.Location] : [];
        var start = new ProcessStartInfo(Environment.ProcessPath!, [.. program, .. arguments])
        { RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
        {
            if (value is null)
                start.Environment.Remove(name);
            else
                start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"It was killed because it had not ended within {Limit}. {output.Result}");
        }

        Assert.AreEqual(0, process.ExitCode, output.Result);
        return output.Result;
    }
}
