using System.CommandLine;
using System.CommandLine.Invocation;
using Nin.MLNet;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>Runs a command line and turns whatever happens into an exit code and a message.</summary>
internal static class CommandLine
{
    /// <summary>Commands that mpirun's processes can run together: training (also the default without a command) and predicting.</summary>
    private static readonly string[] Together = ["", "train", "short", "predict"];

    /// <summary>An argument such as @a.png is the name of a file to work on, not of a file with arguments.</summary>
    private static readonly ParserConfiguration Literal = new() { ResponseFileTokenReplacer = null };

    /// <param name="arguments">The command-line arguments.</param>
    /// <param name="console">Receives progress and results.</param>
    /// <param name="error">Receives error messages.</param>
    /// <param name="cancellation">Asks the work to stop.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, IAnsiConsole console, TextWriter error, CancellationToken cancellation)
    {
        try
        {
            return Invoke(DemoCommands.Create(console, cancellation).Parse(arguments, Literal), console, error);
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Stopped.");
            return ExitCode.Interrupted;
        }
        catch (Exception e)
        {
            // The messages say what to do; a stack trace would bury them.
            error.WriteLine($"error: {(cancellation.IsCancellationRequested ? "stopped. " : "")}{e.Message}");
            return cancellation.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Failed;
        }
    }

    private static int Invoke(ParseResult parsed, IAnsiConsole console, TextWriter error)
    {
        var command = Name(parsed).TrimEnd();
        if (parsed.Action is not ParseErrorAction && NinDistributed.MpiProcesses > 1 && !Together.Contains(command))
        {
            error.WriteLine($"error: mpirun started several processes, and '{command}' is the work of one: start it without.");
            return ExitCode.Usage;
        }

        var mistake = parsed.Action as ParseErrorAction;
        // Print only the message: a page of help would bury it.
        mistake?.ShowHelp = false;
        var result = parsed.Invoke(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = console.Profile.Out.Writer,
            Error = error,
        });
        if (mistake is null)
            return result;
        error.WriteLine($"'{parsed.RootCommandResult.Command.Name} {Name(parsed)}--help' lists the commands and options.");
        return ExitCode.Usage;
    }

    private static string Name(ParseResult parsed) =>
        parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
}
