using System.CommandLine;
using Nin.Pipeline.Demo.Commands;
using Spectre.Console;

namespace Nin.Pipeline.Demo;

/// <summary>The console program around Nin.MLNet.</summary>
internal static class Program
{
    private const int Failed = 1, Cancelled = 130, FileWidth = 1000;

    public static int Main(string[] args)
    {
        var console = AnsiConsole.Console;
        // A file has no width: nothing is to be wrapped there.
        if (Console.IsOutputRedirected)
            console.Profile.Width = FileWidth;
        using var cancellation = new CancellationTokenSource();
        ConsoleCancelEventHandler onCancel = (_, e) =>
        {
            // The first time the work is asked to end; the second time the process does.
            e.Cancel = !cancellation.IsCancellationRequested;
            cancellation.Cancel();
        };
        Console.CancelKeyPress += onCancel;
        try
        {
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return DemoCommands.Create(console, cancellation.Token).Parse(args).Invoke(configuration);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Stopped.");
            return Cancelled;
        }
        catch (Exception e)
        {
            // The messages say what to do; a stack trace would bury them.
            Console.Error.WriteLine($"error: {(cancellation.IsCancellationRequested ? "stopped. " : "")}{e.Message}");
            return cancellation.IsCancellationRequested ? Cancelled : Failed;
        }
        finally
        {
            Console.CancelKeyPress -= onCancel;
        }
    }
}
