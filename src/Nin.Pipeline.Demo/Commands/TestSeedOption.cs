using System.CommandLine;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The seed used to set aside test images when a source has none of its own.</summary>
internal static class TestSeedOption
{
    public static Option<int> Create() => new("--seed")
    {
        Description = "Seed by which the test images were held out: the training's.",
        DefaultValueFactory = _ => 1,
    };
}
