using System.CommandLine;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The argument of commands that use a saved model.</summary>
internal static class ModelArgument
{
    public static Argument<string> Create() =>
        new("model") { Description = "Model zip written by this program, or another ML.NET model with a NiN." };
}
