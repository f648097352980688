using System.CommandLine;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The option for results that programs read.</summary>
internal static class JsonOption
{
    public static Option<bool> Create() => new("--json")
    {
        Description = "Writes the result as JSON to standard output; everything else goes to the error stream.",
    };
}
