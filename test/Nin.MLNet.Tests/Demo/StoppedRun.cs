using System.Text;
using Nin.Pipeline.Demo.Commands;
using Spectre.Console;

namespace Nin.MLNet.Tests.Demo;

/// <summary>Runs a command line of the demo and stops it, as Ctrl+C does, as soon as it has said something.</summary>
internal static class StoppedRun
{
    /// <param name="words">Part of the line that stops the command.</param>
    /// <param name="arguments">The command line.</param>
    /// <returns>Its error stream includes the progress of a command whose results are JSON.</returns>
    public static CommandRun At(string words, params string[] arguments)
    {
        using var cancellation = new CancellationTokenSource();
        using var output = new Listener(words, cancellation);
        using var error = new Listener(words, cancellation);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 500;
        var before = Console.Error;
        Console.SetError(error);
        try
        {
            var code = CommandLine.Run(arguments, console, error, cancellation.Token);
            return new CommandRun(code, output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetError(before);
        }
    }

    private sealed class Listener(string words, CancellationTokenSource cancellation) : TextWriter
    {
        private readonly StringBuilder text = new();
        private int lineStart;

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            text.Append(value);
            if (value != '\n')
                return;
            if (text.ToString(lineStart, text.Length - lineStart).Contains(words, StringComparison.Ordinal))
                cancellation.Cancel();
            lineStart = text.Length;
        }

        public override string ToString() => text.ToString();
    }
}
