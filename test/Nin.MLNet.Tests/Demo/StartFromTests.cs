using Microsoft.ML;
using Nin.MLNet.Tests.Training;
using Nin.Pipeline.Demo;

namespace Nin.MLNet.Tests.Demo;

/// <summary>Demo trainings that start from a trained model, including the shipped one.</summary>
[TestClass]
public sealed class StartFromTests : IDisposable
{
    private const int Letters = 26, FirstLayer = 100;
    private readonly IdxPair files = new();

    public void Dispose() => files.Dispose();

    [TestMethod]
    public void Train_FromTheShippedModelOnTwentySixClasses_TakesItsNetwork()
    {
        WriteLetters();
        var run = CommandRun.Of(
            "train", "--data", files.Directory, "--out", files.Directory, "--start-from", "fashion-mnist", "--epochs", "1",
            "--set", "LearningRate=1e-12");
        Assert.AreEqual(ExitCode.Done, run.Code, run.Error);
        StringAssert.Contains(run.Output, "recipe fast, from fashion-mnist: 1 epoch(s)", StringComparison.Ordinal);
        using var shipped = Load(Path.Combine(AppContext.BaseDirectory, "data", "fashion-mnist", "nin-fashion-mnist.zip"));
        using var trained = Load(files.Path("nin.zip"));
        Assert.AreEqual(Letters, trained.Model.Architecture.Classes);
        // The layers below the output layer are the model's and have not learnt anything yet.
        CollectionAssert.AreEqual(Trained.WeightsOf(shipped)[..FirstLayer], Trained.WeightsOf(trained)[..FirstLayer]);
        CollectionAssert.AreEqual(shipped.Model.PixelMeans.ToArray(), trained.Model.PixelMeans.ToArray());
    }

    [TestMethod]
    public void Sizes_FromTheShippedModel_HasAColumnOfItsOwn()
    {
        WriteLetters();
        var run = CommandRun.Of(
            "sizes", "--data", files.Directory, "--rows", "52", "--draws", "1", "--only", "NiN", "--start-from", "fashion-mnist",
            "--set", "NumberOfEpochs=1");
        Assert.AreEqual(ExitCode.Done, run.Code, run.Error);
        StringAssert.Contains(run.Output, "NiN, 52 images, draw 1: ", StringComparison.Ordinal);
        StringAssert.Contains(run.Output, "NiN from fashion-mnist, 52 images, draw 1: ", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Sizes_FromAModelWhosePathLooksLikeMarkup_PrintsItsTable()
    {
        WriteLetters();
        var model = files.Path("models[old].zip");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "data", "fashion-mnist", "nin-fashion-mnist.zip"), model);
        var run = CommandRun.Of(
            "sizes", "--data", files.Directory, "--rows", "52", "--draws", "1", "--only", "NiN from", "--start-from", model,
            "--set", "NumberOfEpochs=1");
        Assert.AreEqual(ExitCode.Done, run.Code, run.Error);
        var table = run.Output[run.Output.IndexOf("Accuracy on", StringComparison.Ordinal)..];
        StringAssert.Contains(table, $"NiN from {model}", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Train_FromAModelWithAWidth_IsRefused()
    {
        WriteLetters();
        var run = CommandRun.Of(
            "train", "--data", files.Directory, "--out", files.Directory, "--start-from", "fashion-mnist", "--width", "16");
        Assert.AreEqual(ExitCode.Failed, run.Code);
        StringAssert.Contains(
            run.Error, "--width 16 and --start-from fashion-mnist: that model's network has its width already", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Train_FromAFileThatIsNotThere_IsRefused()
    {
        WriteLetters();
        var run = CommandRun.Of(
            "train", "--data", files.Directory, "--out", files.Directory, "--start-from", files.Path("none.zip"));
        Assert.AreEqual(ExitCode.Failed, run.Code);
        StringAssert.Contains(run.Error, "none.zip: there is no such file", StringComparison.Ordinal);
    }

    private static NinTransformer Load(string zip) =>
        ((IEnumerable<ITransformer>)new MLContext().Model.Load(zip, out _)).SelectMany(Flatten).OfType<NinTransformer>().Single();

    private static IEnumerable<ITransformer> Flatten(ITransformer step) =>
        step is IEnumerable<ITransformer> chain ? chain.SelectMany(Flatten) : [step];

    /// <summary>A vertical bar for each class, at its own position.</summary>
    private void WriteLetters()
    {
        foreach (var (part, count) in new[] { ("train", 5 * Letters), ("t10k", Letters) })
        {
            files.Write(
                $"{part}-images-idx3-ubyte", [count, 28, 28],
                [
                    .. Enumerable.Range(0, count).SelectMany(i =>
                        Enumerable.Range(0, 28 * 28).Select(p => (byte)(p % 28 == i % Letters ? 255 : 0))),
                ]);
            files.Write($"{part}-labels-idx1-ubyte", [count], [.. Enumerable.Range(0, count).Select(i => (byte)(i % Letters))]);
        }
    }
}
