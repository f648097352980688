using Nin.Pipeline.Demo.Commands;
using Spectre.Console.Testing;

namespace Nin.MLNet.Tests.Demo;

/// <summary>Runs a command line of the demo as its Main does.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Output">What went to standard output.</param>
/// <param name="Error">What went wrong.</param>
internal sealed record CommandRun(int Code, string Output, string Error)
{
    public static CommandRun Of(params string[] arguments)
    {
        using var console = new TestConsole();
        console.Profile.Width = 500;
        using var error = new StringWriter();
        var code = CommandLine.Run(arguments, console, error, CancellationToken.None);
        return new CommandRun(code, console.Output, error.ToString());
    }
}
