using Microsoft.ML;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>A place that labelled images come from.</summary>
internal interface IImageSource
{
    /// <summary>Lists what is there; the images themselves are decoded when the views are read.</summary>
    /// <param name="context">Makes the views.</param>
    /// <param name="portion">The part to load.</param>
    /// <exception cref="InvalidDataException">The content is invalid; the message names the file, what was found and what was
    /// expected.</exception>
    /// <exception cref="IOException">A file or folder is missing or cannot be read.</exception>
    DataSet Load(MLContext context, Portion portion);
}

/// <summary>The part of a source to load.</summary>
internal sealed record Portion
{
    /// <summary>Maximum number of training images; null: all.</summary>
    public int? TrainRows { get; init; }

    /// <summary>Maximum number of test images; null: all.</summary>
    public int? TestRows { get; init; }

    /// <summary>Number of training images to evaluate on instead of the test images; 0: none.</summary>
    public int HoldOut { get; init; }

    /// <summary>Seed for random draws: the test images where the source has none of its own, and the order of files.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Whether to test on every image, for a model that was trained on others.</summary>
    public bool TestsOnAll { get; init; }
}
