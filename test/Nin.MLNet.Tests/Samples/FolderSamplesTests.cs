using System.Diagnostics;
using Microsoft.ML;
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
        // One image lies deeper, and one beside the classes' folders, which has no class.
        Directory.CreateDirectory(Path.Combine(folder, "red", "2021"));
        File.Move(Path.Combine(folder, "red", "00.png"), Path.Combine(folder, "red", "2021", "00.png"));
        var cover = Path.Combine(folder, "cover.png");
        File.Copy(Path.Combine(folder, "green", "00.png"), cover);
        // The folder of the zip is not there yet.
        var place = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var zip = Path.Combine(place, "new", "model.zip");
        StringAssert.StartsWith(FolderTraining.FolderTraining.Run(folder, zip), "90 images, accuracy on those held out ");
        Assert.HasCount(1, Directory.GetFileSystemEntries(Path.Combine(place, "new")));
        File.Delete(cover);
        File.WriteAllText(Path.Combine(folder, "red", "notes.txt"), "not an image");
        using var text = new StringWriter();
        var rows = BatchScoring.BatchScoring.Run(zip, folder, text);
        Directory.Delete(place, recursive: true);

        string[] classes = ["blue, dark", "green", "red"];
        var lines = text.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.AreEqual(3 * ImagesOfAClass, rows);
        Assert.AreEqual("path,label,probability", lines[0]);
        var right = lines.Skip(1).Where(
            (line, i) => line.Contains($",\"{classes[i / ImagesOfAClass]}\",", StringComparison.Ordinal)).Count();
        Assert.IsGreaterThan(80, right, text.ToString());
    }

    // LoadImages has a folder of its own, as in the README.
    [TestMethod]
    public void Score_FolderGivenFromThisOne_ShowsThePathsAsTheyAre()
    {
        var context = new MLContext(1);
        var rows = Enumerable.Range(0, ImagesOfAClass).SelectMany(i => new[] { "green", "red" }.Select(
            name => new BatchScoring.ImagePath { Path = $"{name}/{i:00}.png", Label = name }));
        var data = context.Data.LoadFromEnumerable(rows);
        var before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = Path.GetDirectoryName(folder)!;
        try
        {
            var images = Path.GetFileName(folder);
            var model = context.Transforms.Conversion.MapValueToKey("Label")
                .Append(context.Transforms.LoadImages("Image", images, "Path"))
                .Append(context.Transforms.ResizeImages("Image", Side, Side))
                .Append(context.Transforms.ExtractPixels("Features", "Image"))
                .Append(context.MulticlassClassification.Trainers.Nin(Contract.SyntheticImages.Quick()))
                .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
                .Fit(data);
            var zip = Path.Combine(folder, "model.zip");
            context.Model.Save(model, data.Schema, zip);
            using var text = new StringWriter();
            Assert.AreEqual(ImagesOfAClass, BatchScoring.BatchScoring.Run(zip, Path.Combine(images, "red"), text));
            StringAssert.Contains(text.ToString(), $"\"{Path.Combine(images, "red", "00.png")}\",\"red\",");
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    [TestMethod]
    public void Train_AFolderOfOneClass_SaysWhatItWants()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => FolderTraining.FolderTraining.Run(Path.Combine(folder, "red"), Path.Combine(folder, "model.zip")));
        StringAssert.Contains(error.Message, "each class a folder");
    }

    [TestMethod]
    public void Train_ZipThatIsAFolder_FailsBeforeTheTraining()
    {
        var zip = Directory.CreateDirectory(Path.Combine(folder, "taken")).FullName;
        var error = Assert.ThrowsExactly<IOException>(() => FolderTraining.FolderTraining.Run(folder, zip));
        Assert.AreEqual($"'{zip}' is a folder: name the zip to write.", error.Message);
    }

    [TestMethod]
    public void Train_ImagesThatCannotBeRead_LeavesTheFolderOfTheZipAsItWas()
    {
        foreach (var image in Directory.GetFiles(folder, "*.png", SearchOption.AllDirectories))
            File.WriteAllText(image, "no image");
        var place = Directory.CreateDirectory(Path.Combine(folder, "models")).FullName;
        // What any program may have left there.
        var other = Path.Combine(place, "model.zip.tmp");
        File.WriteAllText(other, "a user's");
        Assert.Throws<Exception>(() => FolderTraining.FolderTraining.Run(folder, Path.Combine(place, "model.zip")));
        Assert.AreEqual(other, Directory.GetFileSystemEntries(place).Single());
        Assert.AreEqual("a user's", File.ReadAllText(other));
    }

    [TestMethod]
    public void Programs_WhatCannotBeReadOrWritten_IsOneLineAndOne()
    {
        var text = Path.Combine(folder, "text.zip");
        File.WriteAllText(text, "no zip");
        var zip = Path.Combine(text, "model.zip");
        string[][] lines =
        [
            ["Nin.FolderTraining", folder, zip], ["Nin.BatchScoring", text, folder], ["Nin.BatchScoring", folder, folder],
            ["Nin.Server", text, "0"], ["Nin.Server", Path.Combine(folder, "none.zip"), "0"],
        ];
        foreach (var line in lines)
        {
            var (code, error) = Run(line[0], line[1..]);
            Assert.AreEqual(1, code, error);
            StringAssert.Matches(error, new(@"^error: [^\n]+\n$"));
        }
    }

    private static (int Code, string Error) Run(string program, params string[] arguments)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        using var process = Process.Start(new ProcessStartInfo(
            dotnet, [Path.Combine(AppContext.BaseDirectory, $"{program}.dll"), .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        _ = output.Result;
        return (process.ExitCode, error.ReplaceLineEndings("\n"));
    }
}
