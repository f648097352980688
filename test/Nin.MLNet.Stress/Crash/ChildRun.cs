using System.Diagnostics;

namespace Nin.MLNet.Stress.Crash;

/// <summary>A training in a process of its own, which may be killed.</summary>
internal sealed class ChildRun : IDisposable
{
    private readonly Process process;

    public ChildRun(string variant, string checkpoint, string weights)
    {
        var program = typeof(ChildRun).Assembly.Location;
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        process = Process.Start(new ProcessStartInfo(
            dotnet, [program, "crash-child", variant, "--checkpoint", checkpoint, "--weights", weights])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    public bool HasEnded => process.HasExited;

    /// <summary>Waits for its end and gives what it said; throws where it failed by itself.</summary>
    public string WaitForEnd()
    {
        var (said, error) = (process.StandardOutput.ReadToEnd(), process.StandardError.ReadToEnd());
        process.WaitForExit();
        return process.ExitCode == 0 ? said.Trim() : throw new InvalidOperationException($"The training failed: {error}");
    }

    /// <summary>SIGKILL, which nobody can prepare for; false where the process had ended before.</summary>
    public bool Kill()
    {
        if (process.HasExited)
            return false;
        process.Kill();
        process.WaitForExit();
        return process.ExitCode != 0;
    }

    public void Dispose() => process.Dispose();
}
