using System.CommandLine;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The seed by which the test images of a source without any were set aside.</summary>
internal static class TestSeedOption
{
    public static Option<int> Create() => new("--seed")
    {
        Description = "Seed that the test images were set aside by: the training's.",
        DefaultValueFactory = _ => 1,
    };
}
