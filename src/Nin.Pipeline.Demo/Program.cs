using Nin.Pipeline.Demo.Commands;
using Nin.Pipeline.Demo.Output;

namespace Nin.Pipeline.Demo;

/// <summary>The console program around Nin.MLNet.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        using var cancellation = new CancellationTokenSource();
        ConsoleCancelEventHandler onCancel = (_, e) =>
        {
            // The first Ctrl+C asks the work to stop; the second one ends the process.
            e.Cancel = !cancellation.IsCancellationRequested;
            if (!e.Cancel)
                return;
            Console.Error.WriteLine("Stopping after this batch; Ctrl+C once more ends at once.");
            cancellation.Cancel();
        };
        Console.CancelKeyPress += onCancel;
        try
        {
            return CommandLine.Run(args, Narration.OnStandardOutput(), Console.Error, cancellation.Token);
        }
        finally
        {
            Console.CancelKeyPress -= onCancel;
        }
    }
}
