using Microsoft.ML;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>Training and test images of one source, and what the rest of the program needs to know about them.</summary>
internal class DataSet(MLContext context, ImageCollection train, ImageCollection test, IReadOnlyList<string> classNames)
{
    /// <summary>Columns Image and Label of the training images.</summary>
    public IDataView Train { get; protected init; } = train.ToDataView(context);

    /// <summary>Columns Image and Label of the test images.</summary>
    public IDataView Test { get; protected init; } = test.ToDataView(context);

    /// <summary>The training images behind <see cref="Train"/>.</summary>
    public ImageCollection TrainImages { get; } = train;

    /// <summary>The test images behind <see cref="Test"/>.</summary>
    public ImageCollection TestImages { get; } = test;

    /// <summary>Names of the classes, in the order of <c>Score</c>.</summary>
    public IReadOnlyList<string> ClassNames { get; } = classNames;

    /// <summary>The classes without a test image; a model's results on them are not measured.</summary>
    public IReadOnlyList<string> UntestedClasses { get; } =
        [.. classNames.Except(Enumerable.Range(0, test.Count).Select(test.Label), StringComparer.Ordinal)];

    /// <summary>A description of the data, for the announcement.</summary>
    public required string Origin { get; init; }

    /// <summary>Folder or file that the data was read from.</summary>
    public required string Location { get; init; }

    /// <summary>Size of the images that the network sees, in pixels.</summary>
    public required (int Height, int Width) Size { get; init; }

    /// <summary>Channels that the network sees: 1 for grey, 3 for colour.</summary>
    public required int Channels { get; init; }

    /// <summary>Whether the images are files of any size, which ML.NET resizes to <see cref="Size"/>.</summary>
    public bool IsFiles { get; init; }

    /// <summary>Whether it is Fashion-MNIST itself, whose images mean the same when mirrored; for other data this is unknown.</summary>
    public bool IsFashion { get; init; }

    /// <summary>The files that could not be read so far; files with damaged content show up only when they are read.</summary>
    public ReadFailures Failures { get; init; } = new();
}
