using Microsoft.ML;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>A place that labelled images come from.</summary>
internal interface IImageSource
{
    /// <summary>Reads what is there; the images themselves are decoded when the views are read.</summary>
    /// <param name="context">Makes the views.</param>
    /// <param name="portion">The part that is wanted.</param>
    /// <exception cref="InvalidDataException">Something in it is wrong; the message names file, found and expected.</exception>
    /// <exception cref="IOException">A file or folder is not there or cannot be read.</exception>
    DataSet Load(MLContext context, Portion portion);
}

/// <summary>Which part of a source is wanted.</summary>
internal sealed record Portion
{
    /// <summary>Most training images; null: all.</summary>
    public int? TrainRows { get; init; }

    /// <summary>Most test images; null: all.</summary>
    public int? TestRows { get; init; }

    /// <summary>Training images to look at instead of the test images; 0: none.</summary>
    public int HoldOut { get; init; }

    /// <summary>Seed of what is drawn: test images where the source has none of its own, and the order of files.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Whether every image is to be tested on, for a model that was trained on others.</summary>
    public bool TestsOnAll { get; init; }
}
