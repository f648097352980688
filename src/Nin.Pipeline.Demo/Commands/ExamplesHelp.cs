using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The usual help, followed by examples and the exit codes.</summary>
internal sealed class ExamplesHelp(HelpAction usual, IReadOnlyList<string> rootExamples) : SynchronousCommandLineAction
{
    /// <summary>Replaces a program's help with this one.</summary>
    public static void AddTo(RootCommand root, params string[] examples)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new ExamplesHelp((HelpAction)option.Action!, examples);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var result = usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        var examples = parseResult.CommandResult.Command switch
        {
            DemoCommand command => command.Examples,
            RootCommand => rootExamples,
            _ => [],
        };
        if (examples.Count > 0)
            output.WriteLine("Examples:");
        foreach (var example in examples)
            output.WriteLine($"  {parseResult.RootCommandResult.Command.Name} {example}");
        output.WriteLine();
        output.WriteLine("Exit codes:");
        output.WriteLine($"  {ExitCode.Explanation}");
        return result;
    }
}
