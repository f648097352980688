using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Samples;

/// <summary>The samples that train on a folder and score a folder.</summary>
[TestClass]
public sealed class FolderSamplesTests
{
    private const int Side = 8, ImagesOfAClass = 30;
    private string folder = "";

    [TestInitialize]
    public void Draw()
    {
        folder = Directory.CreateTempSubdirectory().FullName;
        var random = new Random(1);
        foreach (var (name, place) in new[] { ("blue, dark", 0), ("green", 1), ("red", 2) })
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
            for (var i = 0; i < ImagesOfAClass; i++)
            {
                var pixels = new byte[4 * Side * Side];
                random.NextBytes(pixels);
                for (var at = 0; at < pixels.Length; at += 4)
                {
                    pixels[at + place] = 220;
                    pixels[at + 3] = byte.MaxValue;
                }

                using var image = MLImage.CreateFromPixels(Side, Side, MLPixelFormat.Bgra32, pixels);
                image.Save(Path.Combine(folder, name, $"{i:00}.png"));
            }
        }
    }

    [TestCleanup]
    public void Delete() => Directory.Delete(folder, recursive: true);

    [TestMethod]
    public void TrainThenScore_AFolderOfColourImages_NamesTheClassOfEachInOrder()
    {
        var zip = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".zip");
        StringAssert.StartsWith(FolderTraining.FolderTraining.Run(folder, zip), "90 images, accuracy on those held out ");
        File.WriteAllText(Path.Combine(folder, "red", "notes.txt"), "not an image");
        using var text = new StringWriter();
        var rows = BatchScoring.BatchScoring.Run(zip, folder, text);
        File.Delete(zip);

        string[] classes = ["blue, dark", "green", "red"];
        var lines = text.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.AreEqual(3 * ImagesOfAClass, rows);
        Assert.AreEqual("path,label,probability", lines[0]);
        var right = lines.Skip(1).Where(
            (line, i) => line.Contains($",\"{classes[i / ImagesOfAClass]}\",", StringComparison.Ordinal)).Count();
        Assert.IsGreaterThan(80, right, text.ToString());
    }

    [TestMethod]
    public void Train_AFolderOfOneClass_SaysWhatItWants()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => FolderTraining.FolderTraining.Run(Path.Combine(folder, "red"), Path.Combine(folder, "model.zip")));
        StringAssert.Contains(error.Message, "each class a folder");
    }
}
