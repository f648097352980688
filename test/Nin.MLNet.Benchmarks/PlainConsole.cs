using Spectre.Console;

namespace Nin.MLNet.Benchmarks;

/// <summary>Where tables are printed: plain text of a fixed width, so that they can be copied into the documentation.</summary>
internal static class PlainConsole
{
    private const int Width = 150;

    public static IAnsiConsole Create()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No });
        console.Profile.Width = Width;
        return console;
    }
}
