using System.Diagnostics;

namespace Nin.MLNet.Benchmarks;

/// <summary>A process that keeps one core busy as long as this object lives, and no longer than its parent.</summary>
internal sealed class BusyProcess : IDisposable
{
    private readonly Process process;

    public BusyProcess()
    {
        var (program, arguments) = Contender.Command("spin");
        process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        // It prints a line once it spins.
        _ = process.StandardOutput.ReadLine();
    }

    /// <summary>What that process runs. Its input closes when its parent is done or dies.</summary>
    public static void Spin()
    {
        new Thread(() =>
        {
            _ = Console.In.ReadToEnd();
            Environment.Exit(0);
        })
        { IsBackground = true }.Start();
        Console.WriteLine("spins");
        while (true)
        {
        }
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
