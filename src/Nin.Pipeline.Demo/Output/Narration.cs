using Spectre.Console;

namespace Nin.Pipeline.Demo.Output;

/// <summary>Where a command tells what it is doing: beside its results, never between them.</summary>
internal static class Narration
{
    /// <summary>A file has no width: nothing is to be wrapped there.</summary>
    private const int FileWidth = 1000;

    /// <summary>The console of the error stream, for commands whose results go to standard output.</summary>
    public static IAnsiConsole OnErrorStream()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (Console.IsErrorRedirected)
            console.Profile.Width = FileWidth;
        return console;
    }

    /// <summary>The console that narrates: the error stream's if the results are JSON.</summary>
    public static IAnsiConsole For(IAnsiConsole console, bool isJson) => isJson ? OnErrorStream() : console;

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

    /// <summary>Standard output as it is, for results that nothing may wrap or colour.</summary>
    public static TextWriter Results(this IAnsiConsole console) => console.Profile.Out.Writer;

    /// <summary>Whether there is somebody to see a bar move.</summary>
    public static bool HasBars(this IAnsiConsole console) =>
        console.Profile.Capabilities is { Interactive: true, Ansi: true };
}
