using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Training;
using SkiaSharp;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class FileSourcesTests : IDisposable
{
    private static readonly SKColor Red = new(200, 10, 10), Grey = new(90, 90, 90);
    private readonly MLContext context = new(1);
    private readonly ImageFolder folder = new();

    public void Dispose() => folder.Dispose();

    [TestMethod]
    public void Folder_TwoClasses_GivesLabelsSizeAndStratifiedTest()
    {
        folder.DrawClasses(10);
        folder.Draw("red/deeper/more.jpeg", Red);
        folder.WriteLines(".DS_Store", "x");
        folder.WriteLines("red/.hidden.png", "x");
        folder.WriteLines("red/notes.txt", "x");
        folder.WriteLines(".git/a.png", "x");
        var data = Load();
        Assert.AreEqual("blue, red", string.Join(", ", data.ClassNames));
        Assert.AreEqual((17, 4), (data.TrainImages.Count, data.TestImages.Count));
        Assert.AreEqual("blue, blue, red, red", string.Join(", ", data.Test.GetColumn<string>("Label").Order()));
        Assert.AreEqual(((16, 16), 3, 0), (data.Size, data.Channels, data.Failures.Count));
        // Reported, since a photo may be of an unsupported kind.
        Assert.AreEqual((".txt", 1), data.Failures.OtherKinds().Select(kind => (kind.Key, kind.Value)).Single());
        CollectionAssert.AreEqual(new[] { 3, 16, 16 }, Dimensions(data));
    }

    [TestMethod]
    public void IdxPair_DrawnTestImages_AreNamedByTheirNumbersInTheFile()
    {
        using var files = new IdxPair();
        files.WriteDataSet(train: 30, test: 3, 8, 8);
        var source = new IdxPairSource(files.Path("train-images-idx3-ubyte.gz"), files.Path("train-labels-idx1-ubyte.gz"), 0.2);
        var images = source.Load(context, new Portion { Seed = 1 }).TestImages;
        Assert.AreEqual(6, images.Count);
        for (var row = 0; row < images.Count; row++)
        {
            // The first pixel of image i is i.
            using var image = images.CreateImage(row);
            Assert.AreEqual($"image {image.Pixels[0]}", images.Name(row));
        }
    }

    [TestMethod]
    public void Folder_MixedSizesAndGrey_AreResizedToOneChannel()
    {
        for (var i = 0; i < 3; i++)
        {
            folder.Write($"a/{i}.png", RawImages.Png(20 + i, 30, 8, 0, new byte[(20 + i) * 30]));
            folder.Write($"b/{i}.png", RawImages.Png(30, 20 + i, 8, 3, new byte[30 * (20 + i)], [9, 9, 9]));
        }

        Assert.AreEqual(((64, 64), 1), (Load().Size, Load().Channels));
        var chosen = Load(new FileChoices { Size = 24, Channels = 3 });
        CollectionAssert.AreEqual(new[] { 3, 24, 24 }, Dimensions(chosen));
        Assert.AreEqual(3 * 24 * 24, Features(chosen)[0].Length);
    }

    [TestMethod]
    public void Folder_ColourReadAsGrey_IsItsBrightness()
    {
        for (var i = 0; i < 2; i++)
        {
            folder.Write($"a/{i}.png", RawImages.Png(8, 8, 8, 3, new byte[64], [200, 100, 50]));
            folder.Write($"b/{i}.png", RawImages.Png(8, 8, 8, 3, new byte[64], [0, 0, 200]));
        }

        var data = Load(new FileChoices { Channels = 1 });
        foreach (var (pixels, label) in Features(data).Zip(data.Train.GetColumn<string>("Label")))
            Assert.AreEqual(label == "a" ? (0.3 * 200) + (0.59 * 100) + (0.11 * 50) : 0.11 * 200, pixels[0], 1);
    }

    [TestMethod]
    public void Folder_GreyOfEveryShade_StaysAsItIs()
    {
        byte[] shades = [.. Enumerable.Range(0, 256).Select(shade => (byte)shade)];
        foreach (var name in new[] { "a/0.png", "a/1.png", "b/0.png", "b/1.png" })
            folder.Write(name, RawImages.Png(16, 16, 8, 0, shades));
        CollectionAssert.AreEqual(shades.Select(shade => (float)shade).ToArray(), Features(Load())[0]);
    }

    [TestMethod]
    public void Folder_TrainAndTestBelowIt_AreTakenAsSuch()
    {
        folder.DrawClasses(4, below: "train");
        folder.DrawClasses(2, below: "test");
        var data = Load();
        Assert.AreEqual("blue, red", string.Join(", ", data.ClassNames));
        Assert.AreEqual((8, 4), (data.TrainImages.Count, data.TestImages.Count));
        Assert.IsTrue(Enumerable.Range(0, 4).All(i => data.TestImages.Name(i).StartsWith(folder.Path("test"), StringComparison.Ordinal)));

        folder.Draw("test/green/0.png", Red);
        AssertMessage(() => Load(), "found the class 'green'");
    }

    [TestMethod]
    [DataRow("train", "test")]
    [DataRow("train", "test", "val")]
    [DataRow("")]
    public void Folder_AllToTestOn_IsEveryFolderOfIt(params string[] parts)
    {
        foreach (var part in parts)
            folder.DrawClasses(3, below: part);
        var data = new ClassFoldersSource(folder.Root, new FileChoices()).Load(context, new Portion { TestsOnAll = true });
        CollectionAssert.AreEquivalent(
            Directory.GetFiles(folder.Root, "*.png", SearchOption.AllDirectories),
            Enumerable.Range(0, data.TestImages.Count).Select(data.TestImages.Name).ToArray());
    }

    [TestMethod]
    public void Folder_OneImageMore_TestsOnTheSameOthers()
    {
        folder.DrawClasses(20);
        string[] before = Tested(Load());
        // First by name, so that all others are renumbered.
        folder.Draw("blue/0.png", Grey);
        string[] after = Tested(Load());
        Assert.IsLessThanOrEqualTo(1, before.Except(after).Count());
        // The folder's own place does not matter.
        using var copy = new ImageFolder();
        copy.DrawClasses(20);
        CollectionAssert.AreEqual(before, Tested(Load(directory: copy.Root)));
    }

    [TestMethod]
    public void List_LinesInAnotherOrder_TestsOnTheSameImages()
    {
        folder.DrawClasses(20);
        string[] lines = [.. Enumerable.Range(0, 20).SelectMany(i => new[] { $"red/{i:000}.png,red", $"blue/{i:000}.png,blue" })];
        CollectionAssert.AreEqual(
            Tested(LoadList(folder.WriteLines("list.csv", lines))),
            Tested(LoadList(folder.WriteLines("reversed.csv", [.. lines.Reverse()]))));
    }

    [TestMethod]
    public void List_PathsSpeltOtherwise_TestsOnTheSameImages()
    {
        folder.DrawClasses(20);
        var lists = new[] { "", "./", "red/../", folder.Root + Path.DirectorySeparatorChar }.Select((before, number) => folder.WriteLines(
            $"{number}.csv",
            [.. Enumerable.Range(0, 20).SelectMany(i => new[] { $"{before}red/{i:000}.png,red", $"{before}blue/{i:000}.png,blue" })]));
        // As the folder itself is drawn, too.
        foreach (var list in lists)
            CollectionAssert.AreEqual(Tested(Load()), Tested(LoadList(list)), list);
    }

    [TestMethod]
    public void List_PathTwice_IsRefusedWithBothLines()
    {
        folder.DrawClasses(2);
        string[] lines = ["path,label", "red/000.png,red", "blue/000.png,blue"];
        AssertMessage(
            () => LoadList(folder.WriteLines("a.csv", [.. lines, "", "red/000.png,blue"])),
            "a.csv: line 5: expected each file once, found 'red/000.png' as 'blue', on line 2 as 'red'");
        AssertMessage(
            () => LoadList(folder.WriteLines("b.csv", [.. lines, "red/../blue/000.png,blue"])),
            "b.csv: line 4", "found 'red/../blue/000.png' as 'blue', on line 3 as 'blue'");
    }

    [TestMethod]
    public void Folder_LinksBelowAClass_FilesAreFollowedAndFoldersNamed()
    {
        folder.DrawClasses(3);
        folder.LinkFolderOrSkip("red/self", ".");
        File.CreateSymbolicLink(folder.Path("red", "linked.png"), folder.Path("red", "000.png"));
        var data = Load();
        Assert.AreEqual(7, data.TrainImages.Count + data.TestImages.Count);
        Assert.AreEqual(folder.Path("red", "self"), data.Failures.LinkedFolders().Single());
        Assert.AreEqual(0, data.Failures.Count);
    }

    [TestMethod]
    public void Folder_ClassOfNothingButALink_IsRefusedWithTheLink()
    {
        folder.DrawClasses(3);
        var link = folder.LinkFolderOrSkip("cat/more", folder.Path("red"));
        AssertMessage(
            () => Load(), $"{folder.Path("cat")}: expected images of the class 'cat'", $"found only {link}, a link, which is not followed");
    }

    [TestMethod]
    public void Folder_SubFolderThatCannotBeRead_IsReported()
    {
        folder.DrawClasses(3);
        folder.Draw("red/locked/a.png", Red);
        using var locked = LockedFolder.OrSkip(folder.Path("red", "locked"));
        var data = Load();
        Assert.AreEqual(6, data.TrainImages.Count + data.TestImages.Count);
        var failure = data.Failures.ToList().Single();
        Assert.AreEqual(folder.Path("red", "locked"), failure.Path);
        StringAssert.Contains(failure.Reason, "this folder cannot be read, so its images are missing", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Folder_ClassThatCannotBeRead_IsRefusedByName()
    {
        folder.DrawClasses(3);
        using var locked = LockedFolder.OrSkip(folder.Path("red"));
        AssertMessage(() => Load(), $"{folder.Path("red")}: this folder cannot be read", "No image of the class 'red' is left");
    }

    [TestMethod]
    public void Folder_DamagedFiles_AreLeftOutAndListedOnce()
    {
        folder.DrawClasses(5);
        folder.Write("red/empty.png", []);
        var whole = File.ReadAllBytes(folder.Path("red", "000.png"));
        folder.Write("blue/half.png", whole[..(whole.Length / 2)]);
        folder.Draw("stray.png", Red);
        var data = Load();
        for (var pass = 0; pass < 2; pass++)
            Assert.HasCount(10, Features(data).Concat(Features(data, ofTest: true)).ToArray());
        Assert.AreEqual(
            "stray.png: it has no label|empty.png: the file is empty|half.png: the image is cut short",
            string.Join("|", data.Failures.ToList().Select(f => $"{Path.GetFileName(f.Path)}: {f.Reason.Split(',')[0]}")));
    }

    [TestMethod]
    public void Folder_WithoutUsableClasses_NamesWhatIsWrong()
    {
        AssertMessage(() => Load(), folder.Root, "a sub-folder for each class", "found no sub-folder");
        folder.Draw("red/0.png", Red);
        AssertMessage(() => Load(), "at least two classes", "found one, 'red'");
        Directory.CreateDirectory(folder.Path("blue"));
        AssertMessage(() => Load(), folder.Path("blue"), "images of the class 'blue'", "found none");
        StringAssert.Contains(
            Assert.ThrowsExactly<DirectoryNotFoundException>(() => Load(new FileChoices(), folder.Path("none"))).Message,
            folder.Path("none"), StringComparison.Ordinal);
    }

    [TestMethod]
    public void Folder_ClassesThatDifferInCaseOnly_AreRefused()
    {
        folder.Draw("cat/0.png", Red);
        folder.Draw("Cat/1.png", Grey);
        // A file system that ignores case has merged them into one folder.
        if (Directory.GetDirectories(folder.Root).Length == 2)
            AssertMessage(() => Load(), "'Cat' and 'cat' differ only in case");
        var list = folder.WriteLines("list.csv", "cat/0.png,cat", "Cat/1.png,Cat");
        AssertMessage(() => LoadList(list), "'Cat' and 'cat' differ only in case");
    }

    [TestMethod]
    public void Folder_NoFileReadable_TellsTheFirst()
    {
        folder.Write("a/0.png", []);
        folder.Write("b/0.png", []);
        AssertMessage(() => Load(), "None of 2 image(s) could be read", "0.png: the file is empty");
    }

    [TestMethod]
    [DataRow("list.csv", "path,label\n{0},dark\n\"with, comma.png\",\"very \"\"light\"\"\"")]
    [DataRow("list.tsv", "{0}\tdark\nwith, comma.png\tvery \"light\"")]
    [DataRow("tabs.txt", "{0}\tdark\nwith, comma.png\tvery \"light\"")]
    [DataRow("other.csv", "id,Class,FileName\n1,dark,{0}\n\n2,\"very \"\"light\"\"\",\"with, comma.png\"\n")]
    public void List_CsvAndTsv_GiveFilesAndLabels(string name, string content)
    {
        folder.Draw("sub/a.png", Grey);
        folder.Draw("with, comma.png", Red);
        var list = folder.WriteLines(name, content.Replace("{0}", "sub/a.png", StringComparison.Ordinal).Split('\n'));
        var data = LoadList(list, all: true);
        Assert.AreEqual("dark, very \"light\"", string.Join(", ", data.ClassNames));
        Assert.AreEqual(folder.Path("sub", "a.png"), data.TestImages.Name(0));
        Assert.AreEqual("dark", data.TestImages.Label(0));
        Assert.HasCount(2, Features(data));
    }

    [TestMethod]
    public void List_BadLines_AreNamed()
    {
        AssertMessage(() => LoadList(folder.WriteLines("a.csv", "a.png,dark", "b.png")), "a.csv: line 2", "found 1 field(s)");
        AssertMessage(() => LoadList(folder.WriteLines("b.csv", "a.png,dark", "", "b.png,")), "line 3", "the file 'b.png' without one");
        AssertMessage(() => LoadList(folder.WriteLines("c.csv", ",dark")), "line 1", "the label 'dark' without a file");
        AssertMessage(() => LoadList(folder.WriteLines("d.csv", "path,label")), "found none");
        Assert.ThrowsExactly<FileNotFoundException>(() => LoadList(folder.Path("none.csv")));
    }

    [TestMethod]
    public void List_LabelWhoseFileIsNotThere_IsCounted()
    {
        folder.DrawClasses(3);
        string[] there = [.. Enumerable.Range(0, 3).SelectMany(i => new[] { $"red/{i:000}.png,red", $"blue/{i:000}.png,blue" })];
        var data = LoadList(folder.WriteLines("list.csv", [.. there, "gone.png,red"]));
        Assert.AreEqual(new ReadFailure(folder.Path("gone.png"), "there is no such file"), data.Failures.ToList().Single());
        Assert.AreEqual(6, data.TrainImages.Count + data.TestImages.Count);
    }

    [TestMethod]
    public void IdxPair_OneFileOfEach_IsSplitByClass()
    {
        using var files = new IdxPair();
        files.WriteDataSet(train: 30, test: 3, 5, 6);
        var source = new IdxPairSource(
            files.Path("train-images-idx3-ubyte.gz"), files.Path("train-labels-idx1-ubyte.gz"), testShare: 0.3);
        var data = source.Load(context, new Portion());
        Assert.AreEqual((21, 9, (5, 6)), (data.TrainImages.Count, data.TestImages.Count, data.Size));
        Assert.IsTrue(data.Test.GetColumn<string>("Label").CountBy(label => label).All(pair => pair.Value == 3));
        // Pixel p of image i is i + p, and the label is i modulo three.
        foreach (var (pixels, label) in Features(data).Zip(data.Train.GetColumn<string>("Label")))
            Assert.AreEqual(label, $"{pixels[0] % 3}");
        Assert.AreEqual(5, source.Load(context, new Portion { TrainRows = 5 }).TrainImages.Count);
        Assert.AreEqual((15, 6), Counts(source.Load(context, new Portion { HoldOut = 6 })));
    }

    /// <summary>The test images in order, without the folder.</summary>
    private static string[] Tested(DataSet data) =>
        [.. Enumerable.Range(0, data.TestImages.Count).Select(i => string.Join('/', data.TestImages.Name(i).Split('/', '\\')[^2..]))];

    private static (int Train, int Test) Counts(DataSet data) => (data.TrainImages.Count, data.TestImages.Count);

    private DataSet Load(FileChoices? choices = null, string? directory = null) =>
        new ClassFoldersSource(directory ?? folder.Root, choices ?? new FileChoices()).Load(context, new Portion());

    private DataSet LoadList(string list, bool all = false) =>
        new ImageListSource(list, new FileChoices()).Load(context, new Portion { TestsOnAll = all });

    private float[][] Features(DataSet data, bool ofTest = false) =>
    [
        .. Preprocessing.Create(context, data).Fit(data.Train).Transform(ofTest ? data.Test : data.Train).GetColumn<float[]>("Features"),
    ];

    private int[] Dimensions(DataSet data)
    {
        var schema = Preprocessing.Create(context, data).Fit(data.Train).Transform(data.Train).Schema;
        return [.. ((VectorDataViewType)schema["Features"].Type).Dimensions];
    }

    private static void AssertMessage(Action action, params string[] parts)
    {
        var thrown = Assert.ThrowsExactly<InvalidDataException>(action);
        foreach (var part in parts)
            StringAssert.Contains(thrown.Message, part, StringComparison.Ordinal);
    }
}
