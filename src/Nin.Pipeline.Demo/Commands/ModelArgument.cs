using System.CommandLine;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The argument of commands that use a saved model.</summary>
internal static class ModelArgument
{
    public static Argument<string> Create() =>
        new("model") { Description = "A model zip of this program's, or another of ML.NET's with a NiN." };
}
