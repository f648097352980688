using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests;

/// <summary>The README's code, compiled here; the test holds the two against each other.</summary>
[TestClass]
public sealed class ReadmeTests
{
    [TestMethod]
    public void Snippet_InTheReadme_IsTheOneCompiledHere()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        var source = File.ReadAllText(Path.Combine(Repository.Root, "test", "Nin.MLNet.Tests", "ReadmeTests.cs"));
        var snippets = readme.Split("```csharp\n").Skip(1).Select(part => Lines(part[..part.IndexOf("```", StringComparison.Ordinal)]));
        Assert.AreEqual(2, snippets.Count());
        foreach (var lines in snippets)
        {
            // In the same order, with nothing in between.
            var code = lines.Where(line => !line.StartsWith("using Microsoft", StringComparison.Ordinal) && line != "using Nin.MLNet;");
            StringAssert.Contains(string.Join('\n', Lines(source)), string.Join('\n', code), StringComparison.Ordinal);
        }
    }

    [TestMethod]
    public void Snippet_OnAFolderOfImages_TrainsAndSaves()
    {
        var folder = Directory.CreateTempSubdirectory();
        var rows = Enumerable.Range(0, 20).Select(i => new { Path = $"{i}.png", Label = i % 2 == 0 ? "dark" : "light" }).ToArray();
        foreach (var row in rows)
        {
            using var image = MLImage.CreateFromPixels(
                8, 8, MLPixelFormat.Bgra32,
                [.. Enumerable.Repeat(row.Label == "dark" ? (byte)30 : (byte)220, 256)]);
            image.Save(Path.Combine(folder.FullName, row.Path));
        }

        var previous = Environment.CurrentDirectory;
        Environment.CurrentDirectory = folder.FullName;
        try
        {
            Snippet(folder.FullName, new MLContext().Data.LoadFromEnumerable(rows));
            Assert.IsTrue(File.Exists("model.zip"));
            using var session = new Microsoft.ML.OnnxRuntime.InferenceSession("model.onnx");
            CollectionAssert.AreEqual(new[] { -1, 3, 32, 32 }, session.InputMetadata["Features"].Dimensions);
        }
        finally
        {
            Environment.CurrentDirectory = previous;
            folder.Delete(recursive: true);
        }
    }

    // A program of the snippet has no usings but its own.
    [TestMethod]
    public void Snippet_OfOnnx_NamesTheNamespaceOfItsTypes()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        var snippet = readme.Split("```csharp\n")[2];
        StringAssert.StartsWith(snippet, $"using {typeof(TransformerChain<>).Namespace};\nusing {typeof(NinTransformer).Namespace};\n");
    }

    private static void Snippet(string imageFolder, IDataView data)
    {
        // data has the columns Path and Label, both text.
        var context = new MLContext(seed: 1);
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.Transforms.LoadImages("Image", imageFolder, "Path"))
            .Append(context.Transforms.ResizeImages("Image", 32, 32))
            .Append(context.Transforms.ExtractPixels("Features", "Image"))
            .Append(context.MulticlassClassification.Trainers.Nin())
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        var model = pipeline.Fit(data);
        context.Model.Save(model, data.Schema, "model.zip");

        var scoring = new TransformerChain<ITransformer>(model.OfType<NinTransformer>().Single(), model.LastTransformer);
        using var file = File.Create("model.onnx");
        context.Model.ConvertToOnnx(scoring, context.Data.LoadFromEnumerable<Pixels>([]), file);
    }

    private static string[] Lines(string text) => [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];

    private sealed class Pixels
    {
        [VectorType(3, 32, 32)]
        public float[] Features { get; set; } = [];
    }
}
