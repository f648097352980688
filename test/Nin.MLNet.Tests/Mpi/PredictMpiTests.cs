using System.Diagnostics;
using System.Globalization;
using Nin.MLNet.Tests.Demo;
using Nin.Pipeline.Demo;
using SkiaSharp;

namespace Nin.MLNet.Tests.Mpi;

/// <summary>Predictions shared between Open MPI processes. All tests use one model and one list of files.</summary>
[TestClass]
public sealed class PredictMpiTests
{
    /// <summary>Enough files for several parts per rank.</summary>
    private const int Files = 3_000;
    private const double SecondsToWait = 60;
    private static readonly ImageFolder Images = new();
    private static byte[] expected = [];

    private static string Model => Images.Path("model", "nin.zip");

    private static string Output => Images.Path("predictions.json");

    private static string Parts => Output + ".parts";

    private static string[] Command => ["predict", Model, Images.Path("new"), Images.Path("gone.png"), "--all", "--out", Output];

    [ClassInitialize]
    public static void TrainAndPredictAlone(TestContext context)
    {
        MpiRun.RequireOpenMpi();
        Images.DrawClasses(20, below: "known");
        var trained = CommandRun.Of(
            "train", "--folder", Images.Path("known"), "--size", "16", "--epochs", "1", "--out", Images.Path("model"));
        Assert.AreEqual(ExitCode.Done, trained.Code, trained.Error);
        for (var i = 0; i < Files; i++)
            Images.Draw(Path.Combine("new", $"{i:0000}.png"), new SKColor((byte)i, (byte)(i / 16), 90), 12, 12);
        Images.Write(Path.Combine("new", "1500b.png"), [1, 2, 3]);
        var alone = CommandRun.Of(Command);
        Assert.AreEqual(ExitCode.SomeUnreadable, alone.Code, alone.Error);
        expected = File.ReadAllBytes(Output);
    }

    [ClassCleanup]
    public static void RemoveFolder() => Images.Dispose();

    [TestInitialize]
    public void RemoveOutput() => File.Delete(Output);

    [TestMethod]
    public void Predict_TwoRanks_GiveTheBytesOfOneProcess()
    {
        var run = Start(2);
        Assert.AreEqual(ExitCode.SomeUnreadable, run.Code, run.Output);
        Assert.IsTrue(expected.AsSpan().SequenceEqual(File.ReadAllBytes(Output)));
        Assert.HasCount(2, run.Output.Split("2 file(s) could not be read"));
        Assert.HasCount(2, run.Output.Split("3,000 of 3,002 file(s) predicted"));
        Assert.HasCount(2, run.Output.Split("1500b.png"));
        Assert.IsFalse(Directory.Exists(Parts));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Predict_RankKilled_AnyNumberOfRanksDoesTheRestAlone(int ranks)
    {
        var killed = Start(2, KillOnceThereIsAPart);
        Assert.AreNotEqual(ExitCode.SomeUnreadable, killed.Code, killed.Output);
        Assert.IsFalse(File.Exists(Output), "it was not cut off");
        var finished = Directory.GetFiles(Parts, "*.part");
        Assert.IsNotEmpty(finished);
        using var broken = new BrokenFiles(finished);

        var (code, output) = ranks == 1 ? Alone() : Together();
        Assert.AreEqual(ExitCode.SomeUnreadable, code, output);
        StringAssert.Contains(output, string.Create(CultureInfo.InvariantCulture, $"{finished.Length} of 12 parts were there"));
        // If these images were read again, they would now be unreadable.
        Assert.IsTrue(expected.AsSpan().SequenceEqual(File.ReadAllBytes(Output)));
        Assert.IsFalse(Directory.Exists(Parts));

        (int Code, string Output) Alone()
        {
            var run = CommandRun.Of(Command);
            return (run.Code, run.Output + run.Error);
        }

        (int Code, string Output) Together()
        {
            var run = Start(ranks);
            return (run.Code, run.Output);
        }
    }

    [TestMethod]
    [DataRow]
    [DataRow("--out", "/dev/null")]
    public void Predict_WithoutAFileToWrite_IsRefused(params string[] output)
    {
        var run = MpiRun.Start([Program, "predict", Model, Images.Path("new"), .. output]);
        Assert.AreEqual(ExitCode.Usage, run.Code, run.Output);
        StringAssert.Contains(run.Output, "under mpirun, predict needs --out FILE");
        Assert.IsFalse(Directory.Exists("/dev/null.parts"));
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "Nin.Pipeline.Demo.dll");

    private static MpiRun Start(int ranks, Action? meanwhile = null) => MpiRun.Start(ranks, [Program, .. Command], meanwhile);

    private static void KillOnceThereIsAPart()
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed.TotalSeconds < SecondsToWait; Thread.Sleep(2))
        {
            if (!Directory.Exists(Parts) || Directory.GetFiles(Parts, "*.part").Length == 0)
                continue;
            using var rank = Process.GetProcessById(IdOfRank(1));
            rank.Kill();
            return;
        }
    }

    /// <summary>The process of the given rank that writes this class's output.</summary>
    private static int IdOfRank(int rank)
    {
        foreach (var folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id))
                continue;
            try
            {
                if (File.ReadAllText($"{folder}/cmdline").Contains(Output, StringComparison.Ordinal) &&
                    File.ReadAllText($"{folder}/environ").Split('\0').Contains($"OMPI_COMM_WORLD_RANK={rank}"))
                    return id;
            }
            catch (IOException)
            {
                // The process has already ended.
            }
        }

        throw new InvalidOperationException($"There is no rank {rank}.");
    }

    /// <summary>Overwrites the images of finished parts with zeros, keeping their sizes and dates; restores them at the end.</summary>
    private sealed class BrokenFiles : IDisposable
    {
        private readonly List<(string Path, byte[] Bytes, DateTime Written)> kept = [];

        public BrokenFiles(IEnumerable<string> parts)
        {
            var texts = parts.Select(File.ReadAllText).ToList();
            foreach (var path in Directory.GetFiles(Images.Path("new")).Where(IsDone).ToList())
            {
                var bytes = File.ReadAllBytes(path);
                kept.Add((path, bytes, File.GetLastWriteTimeUtc(path)));
                Write(path, new byte[bytes.Length], kept[^1].Written);
            }

            Assert.IsNotEmpty(kept);

            bool IsDone(string path) => texts.Any(text => text.Contains(Path.GetFileName(path), StringComparison.Ordinal));
        }

        public void Dispose()
        {
            foreach (var (path, bytes, written) in kept)
                Write(path, bytes, written);
        }

        private static void Write(string path, byte[] bytes, DateTime written)
        {
            File.WriteAllBytes(path, bytes);
            File.SetLastWriteTimeUtc(path, written);
        }
    }
}
