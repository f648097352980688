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
