using Nin.Pipeline.Demo;

namespace Nin.MLNet.Tests.Demo;

/// <summary>What a folder's images leave out is told by every command that reads them; one training for all tests.</summary>
[TestClass]
public sealed class LeftOutTests
{
    private const string NotFollowed = "link to a folder, not followed: ";
    private static ImageFolder images = null!;
    private static string link = null!, model = null!;

    [ClassInitialize]
    public static void Train(TestContext context)
    {
        images = new ImageFolder();
        images.DrawClasses(6, below: "photos");
        link = images.LinkFolderOrSkip("photos/red/more", images.Path("photos", "blue"));
        images.LinkFolderOrSkip("linked/more", images.Path("photos", "blue"));
        var training = CommandRun.Of("train", "--folder", images.Path("photos"), "--out", images.Path("out"), "--epochs", "1");
        Assert.AreEqual(ExitCode.Done, training.Code, training.Error);
        AssertTold(training);
        model = images.Path("out", "nin.zip");
    }

    [ClassCleanup]
    public static void Delete() => images.Dispose();

    [TestMethod]
    [DataRow("evaluate MODEL --folder PHOTOS")]
    [DataRow("report MODEL --folder PHOTOS --out OUT/page.html")]
    [DataRow("predict MODEL PHOTOS --out OUT/predictions.csv")]
    [DataRow("explain MODEL PHOTOS --out OUT/sheet.png")]
    [DataRow("seeds --folder PHOTOS --seeds 2 --epochs 1 --out OUT/seeds")]
    [DataRow("find-lr --folder PHOTOS --steps 10")]
    [DataRow("compare --folder PHOTOS --epochs 1 --only single")]
    [DataRow("sizes --folder PHOTOS --rows 4 6 --draws 2 --only L-BFGS")]
    [DataRow("collapse --folder PHOTOS --seeds 2 --epochs 1 --side 67 --narrow 96")]
    public void Run_LinkInAClassFolder_IsToldOnce(string line)
    {
        var run = CommandRun.Of(
        [
            .. line.Split(' ').Select(part => part
                .Replace("MODEL", model, StringComparison.Ordinal)
                .Replace("PHOTOS", images.Path("photos"), StringComparison.Ordinal)
                .Replace("OUT", images.Path("out"), StringComparison.Ordinal)),
        ]);
        Assert.AreEqual(ExitCode.Done, run.Code, run.Error);
        AssertTold(run);
    }

    [TestMethod]
    public void Explain_WorstOfAFolderWithALink_TellsIt() =>
        AssertTold(CommandRun.Of("explain", model, "--worst", "1", "--folder", images.Path("photos"), "--out", images.Path("worst.png")));

    [TestMethod]
    [DataRow("predict")]
    [DataRow("explain")]
    public void Run_FolderOfNothingButALink_NamesTheLink(string command)
    {
        var run = CommandRun.Of(command, model, images.Path("linked"), "--out", images.Path("none.png"));
        Assert.AreEqual(ExitCode.Failed, run.Code);
        StringAssert.Contains(
            run.Error, $"found only {images.Path("linked", "more")}, a link, which is not followed", StringComparison.Ordinal);
    }

    private static void AssertTold(CommandRun run) =>
        Assert.HasCount(1, run.Output.Split('\n').Where(text => text.Trim() == NotFollowed + link).ToArray(), run.Output);
}
