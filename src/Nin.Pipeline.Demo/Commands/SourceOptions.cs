using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The command-line options that say where the images come from, the same for every command.</summary>
internal sealed class SourceOptions
{
    private const double DefaultTestShare = 0.2;

    private readonly Option<string?> folder = new("--folder")
    {
        Description = "Folder with one sub-folder of images for each class (PNG, JPEG, BMP, WebP, GIF), " +
            "or with two, train and test, of such.",
    };
    private readonly Option<string?> list = new("--list")
    {
        Description = "CSV or TSV file with the path and label of an image on each line; a header is optional.",
    };
    private readonly Option<string?> data = new("--data")
    {
        Description = "Folder of IDX files named as MNIST's, gzip or not; the shipped Fashion-MNIST if no source is given.",
    };
    private readonly Option<string?> images = new("--images") { Description = "IDX file of images; with --labels." };
    private readonly Option<string?> labels = new("--labels") { Description = "IDX file of their labels." };
    private readonly Option<int?> size = new("--size")
    {
        Description = "Side in pixels that image files are resized to, cut to the middle; " +
            "their own size if they share one of at most 64, else 64.",
    };
    private readonly Option<int?> channels = new("--channels")
    {
        Description = "Channels taken from image files, 1 for grey or 3 for colour; as the images are if left out.",
    };
    private readonly Option<double> testShare = new("--test-share")
    {
        Description = "Share of each class set aside for testing where the source has no test images, drawn by --seed.",
        DefaultValueFactory = _ => DefaultTestShare,
    };

    /// <summary>Adds the options to a command, and a check that they fit together.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[folder, list, data, images, labels, size, channels, testShare])
            command.Add(option);
        command.Validators.Add(Check);
    }

    /// <summary>Creates the source that a parsed command line asks for.</summary>
    public IImageSource Read(ParseResult parsed)
    {
        var share = parsed.GetValue(testShare);
        var choices = new FileChoices { Size = parsed.GetValue(size), Channels = parsed.GetValue(channels), TestShare = share };
        if (parsed.GetValue(folder) is { } directory)
            return new ClassFoldersSource(directory, choices);
        if (parsed.GetValue(list) is { } file)
            return new ImageListSource(file, choices);
        return parsed.GetValue(images) is { } imageFile
            ? new IdxPairSource(imageFile, parsed.GetValue(labels)!, share)
            : new IdxFolderSource(parsed.GetValue(data));
    }

    private void Check(CommandResult result)
    {
        var given = new Option<string?>[] { folder, list, data, images }.Where(option => result.GetResult(option) is not null).ToArray();
        if (given.Length > 1)
            result.AddError($"{string.Join(" and ", given.Select(option => option.Name))} are different sources: give one of them.");
        if (result.GetResult(images) is null != result.GetResult(labels) is null)
            result.AddError("--images and --labels belong together: give both.");
        // Values that are not numbers have been reported already.
        if (TryGet(size, out int? side) && side is < 1 or > 4096)
            result.AddError(Invariant($"--size is {side}: expected 1 to 4096."));
        if (TryGet(channels, out int? count) && count is not (null or 1 or 3))
            result.AddError(Invariant($"--channels is {count}: expected 1 or 3."));
        if (TryGet(testShare, out double share) && share is not (> 0 and < 1))
            result.AddError(Invariant($"--test-share is {share}: expected a share above 0 and below 1."));

        bool TryGet<T>(Option<T> option, out T? value)
        {
            value = default;
            if (result.GetResult(option) is not { Implicit: false } found || found.Errors.Any())
                return false;
            value = found.GetValueOrDefault<T>();
            return true;
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
