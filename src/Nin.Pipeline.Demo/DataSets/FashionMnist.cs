using Microsoft.ML;
using Microsoft.ML.Transforms.Image;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>
/// The book's <c>load_data_fashion_mnist</c>: train and test views with a column Image (<c>MLImage</c>) and a column Label (text). The
/// book's <c>batch_size</c> is <c>NinTrainer.Options.BatchSize</c> here. Also reads any other set of IDX files with MNIST's file names.
/// </summary>
internal sealed class FashionMnist : DataSet
{
    /// <summary>Side of Fashion-MNIST's images, in pixels.</summary>
    public const int Side = 28;

    /// <summary>Number of Fashion-MNIST's classes.</summary>
    public const int Classes = 10;

    private static readonly string[] Names =
    [
        "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
    ];

    // Checksums of the decompressed content, so that recompressed files are recognized too. README.md beside the files lists both kinds.
    private static readonly string[] Checksums =
    [
        "f4a8712d7a061bf5bd6d2ca38dc4d50a", "9018921c3c673c538a1fc5bad174d6f9",
        "8181f5470baa50b63fa0f6fddb340f0a", "15d484375f8d13e6eb1aabb0c3f46965",
    ];

    private FashionMnist(MLContext context, ImageSet train, ImageSet test, IReadOnlyList<string> classNames, int? resize)
        : base(context, train, test, classNames)
    {
        if (resize is { } side)
            (Train, Test) = (Resized(context, Train, side), Resized(context, Test, side));
    }

    /// <summary>Folder of the files that ship with the demo.</summary>
    public static string ShippedDirectory => Path.Combine(AppContext.BaseDirectory, "data", "fashion-mnist");

    /// <summary>Reads the data set that ships with the demo, or another one.</summary>
    /// <param name="context">Makes the views.</param>
    /// <param name="directory">Folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
    /// t10k-labels-idx1-ubyte, each with or without .gz; null: the shipped one.</param>
    /// <param name="resize">Side in pixels to resize the Image column to; null: no resizing. <c>NinTrainer.Options.ResizeTo</c> does the
    /// same many times faster.</param>
    /// <param name="trainRows">Number of training images to take, from the start; null: all.</param>
    /// <param name="testRows">Number of test images to take, from the start; null: all.</param>
    /// <param name="holdOut">Number of training images, taken from the end, that replace the test images, so that knobs can be tuned
    /// without using the test images. 0: none.</param>
    /// <param name="testsOnAll">Whether the training images are test images too, before the others, for a model that was trained on other
    /// images.</param>
    /// <exception cref="ArgumentException">More images are to be held out than there are.</exception>
    /// <exception cref="InvalidDataException">A file is damaged or belongs to other data; the message names it.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static FashionMnist Load(
        MLContext context, string? directory = null, int? resize = null, int? trainRows = null, int? testRows = null, int holdOut = 0,
        bool testsOnAll = false)
    {
        var folder = directory ?? ShippedDirectory;
        var trainImages = IdxFile.ReadImages(Find(folder, "train-images-idx3-ubyte"));
        var trainLabels = IdxFile.ReadLabels(Find(folder, "train-labels-idx1-ubyte"));
        var classes = trainLabels.Values.ToArray().Max() + 1;
        var testImages = IdxFile.ReadImages(Find(folder, "t10k-images-idx3-ubyte"));
        var testLabels = IdxFile.ReadLabels(Find(folder, "t10k-labels-idx1-ubyte"), classes);
        CheckSameSize(trainImages, testImages);

        IdxFile[] files = [trainImages, trainLabels, testImages, testLabels];
        var isFashion = files.Zip(Checksums).All(pair => pair.First.Checksum() == pair.Second);
        if (!isFashion && directory is null)
            throw Damaged(files);
        IReadOnlyList<string> names = isFashion ? Names : [.. Enumerable.Range(0, classes).Select(i => $"{i}")];
        if (holdOut < 0 || holdOut >= trainImages.Count)
            throw new ArgumentException(
                $"{holdOut:N0} images are to be held out: expected 0 or more, and fewer than the {trainImages.Count:N0} training images.",
                nameof(holdOut));
        var learnt = trainImages.Count - holdOut;
        var train = new ImageSet(trainImages, trainLabels, names, Math.Min(trainRows ?? learnt, learnt));
        var test = holdOut > 0
            ? new ImageSet(trainImages, trainLabels, names, testRows, skip: learnt)
            : new ImageSet(testImages, testLabels, names, testRows);
        if (testsOnAll)
            test = train.FollowedBy(test);
        return new FashionMnist(context, train, test, names, resize)
        {
            IsFashion = isFashion,
            Origin = isFashion ? "Fashion-MNIST, checksums right" : "IDX files",
            Location = Path.GetFullPath(folder),
            Size = (trainImages.Dimensions[1], trainImages.Dimensions[2]),
            Channels = 1,
        };
    }

    private static string Find(string folder, string name)
    {
        // Some mirrors write the dot before "idx".
        var dotted = name.Replace("-idx", ".idx", StringComparison.Ordinal);
        string[] candidates = [$"{name}.gz", name, $"{dotted}.gz", dotted];
        return candidates.Select(candidate => Path.Combine(folder, candidate)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"{Path.GetFullPath(folder)} has no {name} and no {name}.gz.");
    }

    private static void CheckSameSize(IdxFile train, IdxFile test)
    {
        var (expected, found) = ((train.Dimensions[1], train.Dimensions[2]), (test.Dimensions[1], test.Dimensions[2]));
        if (expected != found)
            throw new InvalidDataException(
                $"{test.Path}: at byte 8: expected images of {expected.Item1}x{expected.Item2} pixels as in {train.Path}, " +
                $"found {found.Item1}x{found.Item2}.");
    }

    private static InvalidDataException Damaged(IdxFile[] files)
    {
        var (file, expected) = files.Zip(Checksums).First(pair => pair.First.Checksum() != pair.Second);
        return new InvalidDataException(
            $"{file.Path}: expected content of MD5 {expected}, found {file.Checksum()}: the file was changed. " +
            "Get it again from the repository.");
    }

    private static IDataView Resized(MLContext context, IDataView view, int side) => context.Transforms
        .ResizeImages("Image", side, side, "Image", ImageResizingEstimator.ResizingKind.Fill)
        .Fit(view)
        .Transform(view);
}
