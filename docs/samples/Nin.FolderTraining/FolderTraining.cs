using System.Globalization;
using Microsoft.ML;
using Nin.MLNet;

namespace Nin.FolderTraining;

/// <summary>Trains on a folder of colour images and saves a model zip that takes the path of an image.</summary>
public static class FolderTraining
{
    private const int Side = 32;
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".bmp", ".webp"];

    /// <summary>Trains on four fifths of the images and evaluates on the rest.</summary>
    /// <returns>A line with the result.</returns>
    /// <exception cref="InvalidOperationException">The folder has fewer than two classes.</exception>
    /// <exception cref="IOException">The zip cannot be written; this shows before the training.</exception>
    public static string Run(string folder, string zip)
    {
        var files = Files(folder);
        if (files.Select(file => file.Label).Distinct().Count() < 2)
            throw new InvalidOperationException(
                $"'{folder}' has images in fewer than two sub-folders: give each class a folder of its own.");
        if (Directory.Exists(zip))
            throw new IOException($"'{zip}' is a folder: name the zip to write.");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(zip))!);
        // Created now, so that no training is lost because it cannot be, and moved at the end, so that an older zip stays until then.
        var unfinished = $"{zip}.{Guid.NewGuid():N}.tmp";
        new FileStream(unfinished, FileMode.CreateNew).Dispose();
        try
        {
            return Train(files, zip, unfinished);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    private static string Train(List<LabelledFile> files, string zip, string unfinished)
    {
        var context = new MLContext(seed: 1);
        var split = context.Data.TrainTestSplit(context.Data.LoadFromEnumerable(files), testFraction: 0.2, seed: 1);

        var pipeline = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.Transforms.LoadImages("Image", imageFolder: null, "Path"))
            .Append(context.Transforms.ResizeImages("Image", Side, Side))
            .Append(context.Transforms.ExtractPixels("Features", "Image"))
            // Photographs may be mirrored; for digits and letters use Trainers.Nin() without changes.
            .Append(context.MulticlassClassification.Trainers.Nin(NinTrainer.Options.Fast()))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        var model = pipeline.Fit(split.TrainSet);
        context.Model.Save(model, split.TrainSet.Schema, unfinished);
        File.Move(unfinished, zip, overwrite: true);

        var metrics = context.MulticlassClassification.Evaluate(model.Transform(split.TestSet));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{files.Count} images, accuracy on those held out {metrics.MicroAccuracy:0.0 %}, model in {zip}");
    }

    // Sorted by name, so that the same folder gives the same model. An image that lies beside the classes' folders has no class.
    private static List<LabelledFile> Files(string folder) =>
    [
        .. from path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
           where Endings.Contains(Path.GetExtension(path).ToLowerInvariant())
           let parts = Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar)
           where parts.Length > 1
           select new LabelledFile(path, parts[0]),
    ];
}
