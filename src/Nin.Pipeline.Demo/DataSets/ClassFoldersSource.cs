using Microsoft.ML;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>
/// A folder with one sub-folder per class, named after the class; images may lie at any depth below it. If two folders named train and test
/// (or val) hold the class folders, they are used as the training and test sets.
/// </summary>
internal sealed class ClassFoldersSource(string directory, FileChoices choices) : IImageSource
{
    private const string Train = "train";
    private static readonly string[] Tests = ["test", "val", "validation"];

    public DataSet Load(MLContext context, Portion portion)
    {
        if (!Directory.Exists(directory))
            throw new DirectoryNotFoundException($"{Path.GetFullPath(directory)}: there is no such folder.");
        var failures = new ReadFailures();
        var (train, test) = (directory, (string?)null);
        if (SplitFolders() is { } split)
            (train, test) = split;
        return FileDataSet.Create(
            context, "Images in class folders", directory,
            Files(train, failures), test is null ? null : Files(test, failures),
            choices, portion, failures);
    }

    private (string Train, string Test)? SplitFolders()
    {
        var folders = FoldersIn(directory).ToDictionary(folder => Path.GetFileName(folder)!, StringComparer.Ordinal);
        return folders.TryGetValue(Train, out var train)
            && Tests.FirstOrDefault(folders.ContainsKey) is { } name
            && folders.Keys.All(folder => folder == Train || Tests.Contains(folder))
            && FoldersIn(train).Any()
            ? (train, folders[name])
            : null;
    }

    private static List<LabelledFile> Files(string root, ReadFailures failures)
    {
        // An image that lies beside the class folders has no class.
        foreach (var stray in Directory.EnumerateFiles(root, "*", Visible()).Where(ImageFile.HasImageName).Order(StringComparer.Ordinal))
            failures.Add(new UnreadableImageException(
                Path.GetFullPath(stray), "it has no label, since it lies beside the class folders; move it into one"));

        var files = new List<LabelledFile>();
        string[] classes = [.. FoldersIn(root).Order(StringComparer.Ordinal)];
        ClassNameCheck.DifferInMoreThanCase(classes.Select(folder => Path.GetFileName(folder)!), root);
        foreach (var folder in classes)
        {
            var images = ImageFile.Below(folder, failures);
            files.AddRange(images.Select(path => new LabelledFile(Path.GetFullPath(path), Path.GetFileName(folder)!)));
            if (images.Count == 0)
                throw new InvalidDataException(
                    $"{Path.GetFullPath(folder)}: expected images of the class '{Path.GetFileName(folder)}', found none " +
                    "(PNG, JPEG, BMP, WebP or GIF). Add some or remove the folder.");
        }

        if (files.Count == 0)
            throw new InvalidDataException(
                $"{Path.GetFullPath(root)}: expected a sub-folder for each class with the class's images in it, found no sub-folder.");
        return files;
    }

    private static IEnumerable<string> FoldersIn(string root) => Directory.EnumerateDirectories(root, "*", Visible());

    private static EnumerationOptions Visible() => new() { AttributesToSkip = FileAttributes.Hidden | FileAttributes.System };
}
