using Microsoft.ML;

namespace Nin.MLNet.Tests;

/// <summary>The README's code, compiled here; the test holds the two against each other.</summary>
[TestClass]
public sealed class ReadmeTests
{
    [TestMethod]
    public void Snippet_InTheReadme_IsTheOneCompiledHere()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        var start = readme.IndexOf("```csharp\n", StringComparison.Ordinal) + "```csharp\n".Length;
        var snippet = readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)];
        var source = File.ReadAllText(Path.Combine(Repository.Root, "test", "Nin.MLNet.Tests", "ReadmeTests.cs"));
        var lines = Lines(snippet);
        Assert.AreEqual("using Microsoft.ML;", lines[0]);
        // In the same order, with nothing in between.
        StringAssert.Contains(string.Join('\n', Lines(source)), string.Join('\n', lines.Skip(1)), StringComparison.Ordinal);
    }

    [TestMethod]
    public void Snippet_OnAFolderOfImages_TrainsAndSaves()
    {
        var folder = Directory.CreateTempSubdirectory();
        var rows = Enumerable.Range(0, 20).Select(i => new { Path = $"{i}.png", Label = i % 2 == 0 ? "dark" : "light" }).ToArray();
        foreach (var row in rows)
        {
            using var image = Microsoft.ML.Data.MLImage.CreateFromPixels(
                8, 8, Microsoft.ML.Data.MLPixelFormat.Bgra32,
                [.. Enumerable.Repeat(row.Label == "dark" ? (byte)30 : (byte)220, 256)]);
            image.Save(Path.Combine(folder.FullName, row.Path));
        }

        var previous = Environment.CurrentDirectory;
        Environment.CurrentDirectory = folder.FullName;
        try
        {
            Snippet(folder.FullName, new MLContext().Data.LoadFromEnumerable(rows));
            Assert.IsTrue(File.Exists("model.zip"));
        }
        finally
        {
            Environment.CurrentDirectory = previous;
            folder.Delete(recursive: true);
        }
    }

    private static void Snippet(string imageFolder, IDataView data)
    {
        var context = new MLContext(seed: 1);
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.Transforms.LoadImages("Image", imageFolder, "Path"))
            .Append(context.Transforms.ResizeImages("Image", 32, 32))
            .Append(context.Transforms.ExtractPixels("Features", "Image"))
            .Append(context.MulticlassClassification.Trainers.Nin())
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        var model = pipeline.Fit(data);
        context.Model.Save(model, data.Schema, "model.zip");
    }

    private static string[] Lines(string text) => [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
}
