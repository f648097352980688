using System.CommandLine;
using System.CommandLine.Parsing;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Reports;

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
        Description = "CSV or TSV file with the path and label of an image on each line, each path once; a header is optional.",
    };
    private readonly Option<string?> data = new("--data")
    {
        Description = "Folder of IDX files named as MNIST's, gzip or not; the shipped Fashion-MNIST if no source is given.",
    };
    private readonly Option<string?> images = new("--images") { Description = "IDX file of images; with --labels." };
    private readonly Option<string?> labels = new("--labels") { Description = "IDX file of their labels." };
    private readonly Option<int?> size = new Option<int?>("--size")
    {
        Description = "Side in pixels that image files are resized to, cut to the middle; " +
            "their own size if they share one of at most 64, else 64.",
    }.Between(1, 4096);
    private readonly Option<int?> channels = new Option<int?>("--channels")
    {
        Description = "Channels that image files are read with: 1, the brightness, or 3, the colours; as the images are if left out.",
    }.Expecting((int count) => count is 1 or 3, "1 or 3");
    private readonly Option<double> testShare = new Option<double>("--test-share")
    {
        Description = "Share of each class set aside for testing where the source has no test images, drawn by --seed and the paths.",
        DefaultValueFactory = _ => DefaultTestShare,
    }.Expecting((double share) => share is > 0 and < 1, "a share above 0 and below 1");

    /// <summary>Adds the options to a command, and a check that they fit together.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[folder, list, data, images, labels, size, channels, testShare])
            command.Add(option);
        command.Validators.Add(Check);
    }

    /// <summary>The name of an option that was given; null if none was.</summary>
    public string? Given(CommandResult result) =>
        new Option[] { folder, list, data, images, labels, size, channels, testShare }
            .FirstOrDefault(option => result.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>Creates the source that a parsed command line asks for.</summary>
    public AnnouncedSource Read(ParseResult parsed)
    {
        var share = parsed.GetValue(testShare);
        var choices = new FileChoices { Size = parsed.GetValue(size), Channels = parsed.GetValue(channels), TestShare = share };
        return new AnnouncedSource((parsed.GetValue(folder), parsed.GetValue(list), parsed.GetValue(images)) switch
        {
            ({ } directory, _, _) => new ClassFoldersSource(directory, choices),
            (_, { } file, _) => new ImageListSource(file, choices),
            (_, _, { } file) => new IdxPairSource(file, parsed.GetValue(labels)!, share),
            _ => new IdxFolderSource(parsed.GetValue(data)),
        });
    }

    private void Check(CommandResult result)
    {
        var given = new Option<string?>[] { folder, list, data, images }.Where(option => result.GetResult(option) is not null).ToArray();
        if (given.Length > 1)
            result.AddError($"{string.Join(" and ", given.Select(option => option.Name))} are different sources: give one of them.");
        if (result.GetResult(images) is null != result.GetResult(labels) is null)
            result.AddError("--images and --labels belong together: give both.");
    }
}
