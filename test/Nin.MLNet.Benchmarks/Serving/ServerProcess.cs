using System.Diagnostics;
using System.Globalization;

namespace Nin.MLNet.Benchmarks.Serving;

/// <summary>The sample server with one engine, as a child process that lives no longer than its parent.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process process;

    public ServerProcess(string engine, string file)
    {
        var (program, arguments) = Contender.Command("server");
        var start = new ProcessStartInfo(program, [.. arguments, engine, file])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        // The garbage collector that a Microsoft.NET.Sdk.Web program uses.
        start.Environment["DOTNET_gcServer"] = "1";
        process = Process.Start(start)!;
        Port = int.TryParse(process.StandardOutput.ReadLine(), CultureInfo.InvariantCulture, out var port)
            ? port
            : throw new InvalidOperationException($"The server with {engine} did not start: see its message above.");
    }

    public int Port { get; }

    /// <summary>Its memory in megabytes.</summary>
    public double Resident
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64 / 1048576.0;
        }
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
