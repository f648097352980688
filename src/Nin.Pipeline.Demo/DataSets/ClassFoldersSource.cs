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
        var (train, test) = Roots(portion.TestsOnAll);
        return FileDataSet.Create(
            context, "Images in class folders", directory,
            [.. train.SelectMany(root => Files(root, failures))], test is null ? null : Files(test, failures),
            choices, portion, failures);
    }

    /// <summary>The folders with the class folders of the training images, and of the test images if they have their own.</summary>
    private (IReadOnlyList<string> Train, string? Test) Roots(bool testsOnAll)
    {
        var folders = FolderImages.Folders(directory).ToDictionary(folder => Path.GetFileName(folder)!, StringComparer.Ordinal);
        if (!folders.TryGetValue(Train, out var train)
            || Tests.FirstOrDefault(folders.ContainsKey) is not { } test
            || folders.Keys.Any(folder => folder != Train && !Tests.Contains(folder))
            || !FolderImages.Folders(train).Any())
            return ([directory], null);
        return testsOnAll ? ([.. folders.Values.Order(StringComparer.Ordinal)], null) : ([train], folders[test]);
    }

    private static List<LabelledFile> Files(string root, ReadFailures failures)
    {
        // An image that lies beside the class folders has no class.
        foreach (var stray in FolderImages.Directly(root).Order(StringComparer.Ordinal))
            failures.Add(new UnreadableImageException(
                Path.GetFullPath(stray), "it has no label, since it lies beside the class folders; move it into one"));

        var files = new List<LabelledFile>();
        string[] classes = [.. FolderImages.Folders(root).Order(StringComparer.Ordinal)];
        ClassNameCheck.DifferInMoreThanCase(classes.Select(folder => Path.GetFileName(folder)!), root);
        foreach (var folder in classes)
        {
            var (name, known) = (Path.GetFileName(folder)!, failures.Count);
            var images = FolderImages.Below(folder, failures);
            files.AddRange(images.Select(path => new LabelledFile(Path.GetFullPath(path), name, Path.GetRelativePath(root, path))));
            if (images.Count == 0 && failures.ToList().Skip(known).FirstOrDefault() is { } failure)
                throw new InvalidDataException($"{failure.Path}: {failure.Reason}. No image of the class '{name}' is left.");
            if (images.Count == 0)
                throw FolderImages.None(folder, $"images of the class '{name}'", failures);
        }

        if (files.Count == 0)
            throw new InvalidDataException(
                $"{Path.GetFullPath(root)}: expected a sub-folder for each class with the class's images in it, found no sub-folder.");
        return files;
    }
}
