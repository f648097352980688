using System.CommandLine;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The option for machine-readable results.</summary>
internal static class JsonOption
{
    public static Option<bool> Create() => new("--json")
    {
        Description = "Writes the result as JSON to standard output; everything else goes to the error stream.",
    };
}
