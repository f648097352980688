using Spectre.Console;

namespace Nin.Pipeline.Demo.Output;

/// <summary>Where a command reports its progress: separate from its results, never mixed with them.</summary>
internal static class Narration
{
    /// <summary>A file has no width, so nothing should be wrapped there.</summary>
    private const int FileWidth = 1000;

    /// <summary>A console on the error stream, for commands whose results go to standard output.</summary>
    public static IAnsiConsole OnErrorStream()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (Console.IsErrorRedirected)
            console.Profile.Width = FileWidth;
        return console;
    }

    /// <summary>The console for progress messages: on the error stream if the results are JSON.</summary>
    public static IAnsiConsole For(IAnsiConsole console, bool isJson) => isJson ? OnErrorStream() : console;

    /// <summary>The same for results that go to a file: on the error stream if that is standard output.</summary>
    public static IAnsiConsole For(IAnsiConsole console, string output) => For(console, OutputTarget.IsStandardOutput(output));

    /// <summary>A console that shows nothing.</summary>
    public static IAnsiConsole Nowhere() => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(TextWriter.Null) });

    /// <summary>The program's standard console.</summary>
    public static IAnsiConsole OnStandardOutput()
    {
        var console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
            console.Profile.Width = FileWidth;
        return console;
    }

    /// <summary>Plain standard output, for results that must not be wrapped or coloured.</summary>
    public static TextWriter Results(this IAnsiConsole console) => console.Profile.Out.Writer;

    /// <summary>Whether the output is a terminal, so that a progress bar makes sense.</summary>
    public static bool HasBars(this IAnsiConsole console) =>
        console.Profile.Capabilities is { Interactive: true, Ansi: true };
}
