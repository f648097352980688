using System.Diagnostics;

namespace Nin.MLNet.Stress.Crash;

/// <summary>A training in a separate process, which may be killed.</summary>
internal sealed class ChildRun : IDisposable
{
    /// <summary>After this time a training hangs: the longest takes seconds.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly Process process;
    private readonly Timer limit;

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
        limit = new Timer(_ => process.Kill(), null, Limit, Timeout.InfiniteTimeSpan);
    }

    public bool HasEnded => process.HasExited;

    /// <summary>Waits for it to end and returns its output; throws if it failed on its own.</summary>
    public string WaitForEnd()
    {
        var (said, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        return process.ExitCode == 0
            ? said.Result.Trim()
            : throw new InvalidOperationException($"The training ended with {process.ExitCode}: {error.Result}");
    }

    /// <summary>Sends SIGKILL, which no process can prepare for; false if the process had already ended.</summary>
    public bool Kill()
    {
        if (process.HasExited)
            return false;
        process.Kill();
        process.WaitForExit();
        return process.ExitCode != 0;
    }

    public void Dispose()
    {
        limit.Dispose();
        process.Dispose();
    }
}
