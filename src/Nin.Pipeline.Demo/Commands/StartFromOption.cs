using System.CommandLine;
using Nin.Pipeline.Demo.Training;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The option of commands that can start from a trained model.</summary>
internal static class StartFromOption
{
    public static Option<string?> Create() => new("--start-from")
    {
        Description = $"Model to start from, for few images: {StartingPoint.Shipped}, which ships with the demo, or a model zip.",
    };
}
