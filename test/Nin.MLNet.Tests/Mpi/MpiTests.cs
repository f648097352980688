using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Tests.Demo;
using Nin.MLNet.Tests.Training;
using Nin.MLNet.Training.Callbacks;

namespace Nin.MLNet.Tests.Mpi;

/// <summary>Training in two processes connected by Open MPI.</summary>
[TestClass]
public sealed partial class MpiTests
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();

    [TestCleanup]
    public void RemoveFolder() => folder.Delete(recursive: true);

    [TestMethod]
    public void Fit_TwoRanksThatShareABatch_GiveTheWeightsOfOneRank()
    {
        MpiRun.RequireOpenMpi();
        var run = MpiRun.OfTests(folder.FullName, "81", "50", "plain");
        Assert.AreEqual(0, run.Code, run.Output);
        StringAssert.Contains(run.Output, "[0] 2 ranks (Open MPI");
        Assert.DoesNotContain("[1]", run.Output);
        var context = new MLContext(1);
        using var alone = context.MulticlassClassification.Trainers.Nin(RankProgram.Options(162, 50))
            .Fit(SyntheticImages.Keyed(context, 161));
        var (expected, first) = (Trained.WeightsOf(alone), Weights(0));
        Assert.IsTrue(first.SequenceEqual(Weights(1)));
        Assert.AreEqual(expected.Length, first.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], first[i], 1e-5f);
    }

    [TestMethod]
    public void Fit_RanksWithOtherOptions_IsRefused()
    {
        MpiRun.RequireOpenMpi();
        var run = MpiRun.OfTests(folder.FullName, "81", "50", "differing");
        Assert.AreEqual(1, run.Code, run.Output);
        StringAssert.Contains(run.Output, "Options.LearningRate is 0.0003 on rank 0 and 0.0006 on rank 1");
    }

    [TestMethod]
    public void Fit_ExceptionOnOneRank_EndsTheOtherAndSaysWhy()
    {
        MpiRun.RequireOpenMpi();
        // This many epochs would take hours.
        var run = MpiRun.OfTests(folder.FullName, "16", "100000", "throwing");
        Assert.AreNotEqual(0, run.Code);
        StringAssert.Contains(run.Output, "Rank 0 of 2 failed, so all ranks are ended. InvalidTimeZoneException: the callback's own");
        Assert.IsLessThan(MpiRun.Limit.TotalSeconds, run.Seconds);
    }

    [TestMethod]
    public void Fit_RankThatEndsBefore_EndsTheOther()
    {
        MpiRun.RequireOpenMpi();
        var run = MpiRun.OfTests(folder.FullName, "16", "100000", "leaving");
        Assert.AreEqual(5, run.Code, run.Output);
        Assert.IsLessThan(MpiRun.Limit.TotalSeconds, run.Seconds);
    }

    [TestMethod]
    public void Fit_KilledRank_EndsTheOtherAndTheJobGoesOnBitwise()
    {
        MpiRun.RequireOpenMpi();
        var whole = MpiRun.OfTests(folder.FullName, "16", "12", "plain");
        Assert.AreEqual(0, whole.Code, whole.Output);
        var expected = Weights(0);
        File.Delete(Path.Combine(folder.FullName, "weights0"));
        var killed = MpiRun.OfTests(folder.FullName, "16", "12", "killed");
        Assert.AreNotEqual(0, killed.Code);
        StringAssert.Contains(killed.Output, "signal 9 (Killed)");
        Assert.IsFalse(File.Exists(Path.Combine(folder.FullName, "weights0")), "it was not cut off");
        Assert.IsLessThan(MpiRun.Limit.TotalSeconds, killed.Seconds);

        var resumed = MpiRun.OfTests(folder.FullName, "16", "12", "checkpoint");
        Assert.AreEqual(0, resumed.Code, resumed.Output);
        StringAssert.Contains(resumed.Output, "Resumes from");
        Assert.IsTrue(expected.SequenceEqual(Weights(0)));
        Assert.IsTrue(expected.SequenceEqual(Weights(1)));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    public void Fit_KilledRank_AnotherNumberOfRanksGoesOn(int ranks)
    {
        MpiRun.RequireOpenMpi();
        const int epochs = 12;
        var killed = MpiRun.OfTests(folder.FullName, "16", $"{epochs}", "killed");
        Assert.AreNotEqual(0, killed.Code);
        var before = CheckpointFile.Read(Path.Combine(folder.FullName, "state")).Header;
        Assert.IsLessThan(epochs, before.History.Count, "it was not cut off");

        var (history, log) = ranks == 1 ? GoOnAlone() : GoOnTogether();
        StringAssert.Contains(log, $"was written by 2 rank(s) and is resumed by {ranks}:");
        Assert.AreEqual(epochs, history[^1].Epoch);
        Assert.IsLessThan(before.History[^1].TrainLoss, history[^1].Loss);

        (List<(int Epoch, double Loss)> History, string Log) GoOnAlone()
        {
            var (context, lines) = (new MLContext(1), new List<string>());
            context.Log += (_, e) => lines.Add(e.RawMessage);
            var options = RankProgram.Options(16, epochs);
            options.CheckpointPath = Path.Combine(folder.FullName, "state");
            using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, 161));
            return ([.. model.Model.History.Select(epoch => (epoch.Epoch, epoch.TrainLoss))], string.Join('\n', lines));
        }

        (List<(int Epoch, double Loss)> History, string Log) GoOnTogether()
        {
            var run = MpiRun.OfTests(ranks, folder.FullName, "16", $"{epochs}", "checkpoint");
            Assert.AreEqual(0, run.Code, run.Output);
            for (var rank = 1; rank < ranks; rank++)
                Assert.IsTrue(Weights(0).SequenceEqual(Weights(rank)));
            return ([.. EpochLine().Matches(run.Output).Select(match => (
                int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture),
                double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)))], run.Output);
        }
    }

    [TestMethod]
    public void Fit_UnderMpirunWithoutTheOption_RefusesOneCheckpointForTwo()
    {
        MpiRun.RequireOpenMpi();
        var run = MpiRun.OfTests(folder.FullName, "16", "3", "alone");
        Assert.AreNotEqual(0, run.Code);
        StringAssert.Contains(run.Output, "MPI started 2 processes and Options.Distributed is null");
        Assert.IsEmpty(folder.GetFiles());
    }

    [TestMethod]
    public void Demo_TrainOnTwoRanks_SaysAndWritesEverythingOnce()
    {
        MpiRun.RequireOpenMpi();
        using var images = new ImageFolder();
        images.DrawClasses(20, below: "images");
        var run = MpiRun.Start(
            Path.Combine(AppContext.BaseDirectory, "Nin.Pipeline.Demo.dll"),
            "train", "--folder", images.Path("images"), "--out", images.Path("out"), "--epochs", "2", "--size", "16");
        Assert.AreEqual(0, run.Code, run.Output);
        Assert.HasCount(2, run.Output.Split("epoch 1/2"));
        StringAssert.Contains(run.Output, "2 epoch(s), 2 processes");
        // The trainer's own choice for 16 images on each rank.
        var report = File.ReadAllText(Path.Combine(images.Path("out"), "report.html"));
        Assert.IsTrue(report.Contains("Batches of 16 images", StringComparison.Ordinal));
        Assert.HasCount(3, Directory.GetFileSystemEntries(images.Path("out")));
    }

    [TestMethod]
    public void Load_RealMpich_SaysWhatItIs()
    {
        const string mpich = "libmpich.so.12";
        if (!NativeLibrary.TryLoad(mpich, out _))
            Assert.Inconclusive($"There is no {mpich} here: install MPICH's library (Debian: libmpich12) to run this test.");
        Environment.SetEnvironmentVariable(MpiLibrary.PathVariable, mpich);
        try
        {
            var error = Assert.ThrowsExactly<DllNotFoundException>(MpiLibrary.Load);
            StringAssert.StartsWith(error.Message, $"'{mpich}' is not Open MPI: it has no symbol 'ompi_mpi_comm_world' and calls itself");
            StringAssert.Contains(error.Message, "\"MPICH Version: ");
        }
        finally
        {
            Environment.SetEnvironmentVariable(MpiLibrary.PathVariable, null);
        }
    }

    [TestMethod]
    [DataRow("/no/such/libmpi.so.40", "Open MPI's library was not found (/no/such/libmpi.so.40)")]
    [DataRow("libc.so.6", "'libc.so.6' is not Open MPI")]
    public void Load_NoOpenMpi_SaysWhatToInstall(string library, string expected)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("The library names are Linux's.");
        Environment.SetEnvironmentVariable(MpiLibrary.PathVariable, library);
        try
        {
            var error = Assert.ThrowsExactly<DllNotFoundException>(MpiLibrary.Load);
            StringAssert.Contains(error.Message, expected);
            StringAssert.Contains(error.Message, "apt-get install openmpi-bin");
        }
        finally
        {
            Environment.SetEnvironmentVariable(MpiLibrary.PathVariable, null);
        }
    }

    [GeneratedRegex(@"\[0\] Epoch (\d+): loss ([\d.]+)")]
    private static partial Regex EpochLine();

    private float[] Weights(int rank) =>
        MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder.FullName, $"weights{rank}"))).ToArray();
}
