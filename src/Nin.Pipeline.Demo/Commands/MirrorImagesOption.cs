using System.CommandLine;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The option to score each image's mirror image too.</summary>
internal static class MirrorImagesOption
{
    public static Option<bool> Create() => new("--mirror-images")
    {
        Description = "Scores are the mean of an image's and its mirror image's: often a little more accurate, in twice the time.",
    };
}
