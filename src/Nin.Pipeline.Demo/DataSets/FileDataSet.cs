using Microsoft.ML;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>Builds a data set from image files: reads their headers and decides on size, channels and test images.</summary>
internal static class FileDataSet
{
    /// <summary>Largest side that images keep by default: the default network is designed for 28 to 64 pixels.</summary>
    private const int LargestOwnSide = 64;

    /// <summary>Number of images to decode to see whether a set stored in colour is in fact grey.</summary>
    private const int GreySamples = 64;

    /// <param name="context">Makes the views.</param>
    /// <param name="origin">What the source is, for the announcement.</param>
    /// <param name="location">Folder or file of the source.</param>
    /// <param name="files">All files, or only the training files if <paramref name="testFiles"/> are given.</param>
    /// <param name="testFiles">The source's own test files; null: a share is set aside.</param>
    /// <param name="choices">What the user chose.</param>
    /// <param name="portion">The part to load.</param>
    /// <param name="failures">Collects the files that cannot be read; may hold some already.</param>
    public static DataSet Create(
        MLContext context, string origin, string location, IReadOnlyList<LabelledFile> files, IReadOnlyList<LabelledFile>? testFiles,
        FileChoices choices, Portion portion, ReadFailures failures)
    {
        ClassNameCheck.DifferInMoreThanCase(files.Concat(testFiles ?? []).Select(file => file.Label).Distinct(), location);
        var sizes = new HashSet<(int Height, int Width)>();
        var isGrey = true;
        var readable = Readable(files);
        var readableTests = testFiles is null ? null : Readable(testFiles);
        if (readable.Length == 0 && files.Count > 0)
            throw FileImages.NoneReadable(files.Count, failures);
        string[] names = [.. readable.Select(file => file.Label).Distinct().Order(StringComparer.Ordinal)];
        if (!portion.TestsOnAll)
            ClassNameCheck.AtLeastTwo(names, location);
        if (readableTests?.Select(file => file.Label).Except(names).FirstOrDefault() is { } unknown)
            throw new InvalidDataException(
                $"{Path.GetFullPath(location)}: expected test images of the training classes only, found the class '{unknown}'.");

        var (train, test) = Split(readable, readableTests, choices, portion);
        return new DataSet(context, new FileImages(train, failures), new FileImages(test, failures), names)
        {
            Origin = origin,
            Location = Path.GetFullPath(location),
            Size = choices.Size is { } side ? (side, side) : OwnSize(sizes),
            Channels = choices.Channels ?? (isGrey || IsGreyAfterAll(readable) ? 1 : 3),
            IsFiles = true,
            Failures = failures,
        };

        LabelledFile[] Readable(IReadOnlyList<LabelledFile> all) => [.. all.Where(HasHeader)];

        bool HasHeader(LabelledFile file)
        {
            try
            {
                var header = ImageFile.ReadHeader(file.Path);
                sizes.Add((header.Height, header.Width));
                isGrey &= header.IsGrey;
                return true;
            }
            catch (UnreadableImageException e)
            {
                failures.Add(e);
                return false;
            }
        }
    }

    private static (LabelledFile[] Train, LabelledFile[] Test) Split(
        LabelledFile[] files, LabelledFile[]? testFiles, FileChoices choices, Portion portion)
    {
        string[] labels = [.. files.Select(file => file.Label)];
        string[] fileNames = [.. files.Select(file => file.Name)];
        if (testFiles is null)
        {
            var (train, test) = Portions.Draw(labels, fileNames, choices.TestShare, portion);
            return ([.. train.Select(row => files[row])], [.. test.Select(row => files[row])]);
        }

        // The files are sorted by class: without a draw, the first rows would all be of one class.
        var order = DrawnOrder.Of(fileNames, portion.Seed);
        var testOrder = DrawnOrder.Of([.. testFiles.Select(file => file.Name)], portion.Seed);
        testFiles = [.. testOrder.Select(row => testFiles[row])];
        if (portion.HoldOut > 0)
        {
            var (train, aside) = Portions.HoldOut(labels, fileNames, order, portion);
            (order, testFiles) = (train, [.. aside.Select(row => files[row])]);
        }

        return (
            Portions.First([.. order.Select(row => files[row])], portion.TrainRows),
            Portions.First(testFiles, portion.TestRows));
    }

    private static (int Height, int Width) OwnSize(HashSet<(int Height, int Width)> sizes) =>
        sizes.Count == 1 && sizes.First() is var own && Math.Max(own.Height, own.Width) <= LargestOwnSide
            ? own
            : (LargestOwnSide, LargestOwnSide);

    /// <summary>Samples evenly over all files: grey images are often stored as RGB or with a palette.</summary>
    private static bool IsGreyAfterAll(LabelledFile[] files)
    {
        var count = Math.Min(GreySamples, files.Length);
        return Enumerable.Range(0, count).All(i => IsGrey(files[(int)((long)i * files.Length / count)].Path));
    }

    private static bool IsGrey(string path)
    {
        try
        {
            using var image = ImageFile.Decode(path);
            return ImageFile.IsGrey(image);
        }
        catch (UnreadableImageException)
        {
            // Reported when the images are read.
            return true;
        }
    }
}
