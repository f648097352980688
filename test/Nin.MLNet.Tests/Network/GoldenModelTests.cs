using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Network;
using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Tests.Native;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

/// <summary>
/// Models trained on one processor, which chose the precision, score on every other. Golden/ holds one from a processor with
/// bfloat16 and one from a processor without; Golden/README.md says how they were made.
/// </summary>
[TestClass]
public sealed class GoldenModelTests
{
    private const string WriteTo = "NIN_WRITE_GOLDEN";
    private static readonly string Folder = Path.Combine(Repository.Root, "test", "Nin.MLNet.Tests", "Network", "Golden");

    [TestMethod]
    [DataRow("bfloat16")]
    [DataRow("float32")]
    public void Transform_ModelOfEitherProcessor_ScoresAsItsFloat32Self(string processor)
    {
        using var model = Load(processor);
        Assert.AreEqual(NinTrainer.Precision.Auto, model.Model.Precision);
        var context = new MLContext(1);
        var scores = model.Transform(SyntheticImages.Keyed(context, Rows)).GetColumn<float[]>("Score").SelectMany(score => score);
        var exact = WorkingPrecision.Resolve(NinTrainer.Precision.Auto, CPU) == float32;
        AssertClose(processor, [.. scores], exact ? 1e-4f : 0.02f);
    }

    [TestMethod]
    [DataRow("bfloat16", NinTrainer.Precision.BFloat16, 0.02f)]
    [DataRow("float32", NinTrainer.Precision.BFloat16, 0.02f)]
    [DataRow("bfloat16", NinTrainer.Precision.Float32, 1e-4f)]
    [DataRow("float32", NinTrainer.Precision.Float32, 1e-4f)]
    public void Score_PrecisionForced_IsTheSameWithinItsRounding(string processor, NinTrainer.Precision precision, float tolerance)
    {
        using var model = Load(processor);
        AssertClose(processor, Score(model.Model, precision), tolerance);
    }

    [TestMethod]
    public void Score_LesserProcessorAndPlainKernels_IsTheSame()
    {
        (string, string?)[] off = [("NIN_FAST_KERNELS", "off")];
        foreach (var environment in new[] { off, ChildProcess.WithoutAvx512, [.. ChildProcess.WithoutAvx512, .. off] })
        {
            ChildProcess.Run(nameof(Transform_ModelOfEitherProcessor_ScoresAsItsFloat32Self), environment);
            ChildProcess.Run(nameof(Score_PrecisionForced_IsTheSameWithinItsRounding), environment);
        }
    }

    /// <summary>A command, not a test: writes the models and scores to the folder that NIN_WRITE_GOLDEN names, if any.</summary>
    [TestMethod]
    public void Golden_OnDemand_IsWrittenAnew()
    {
        if (Environment.GetEnvironmentVariable(WriteTo) is not { } folder)
            return;
        var context = new MLContext(1);
        var options = SyntheticImages.Quick();
        options.Precision = NinTrainer.Precision.Auto;
        (options.NumberOfEpochs, options.LabelSmoothing) = (6, 0.1);
        options.Architecture = (channels, classes) => new NinArchitecture(channels,
        [
            new NinBlock([8, 8], 3, 1, 1) { Pooling = new NinPooling(NinPoolingKind.Max, 3, 2, 1) },
            new NinBlock([8, 8, classes], 3, 1, 1),
        ])
        { BatchNorm = true, LastReLU = false };
        var data = SyntheticImages.Keyed(context, 200);
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        var name = $"{WorkingPrecision.Resolve(NinTrainer.Precision.Auto, CPU)}".ToLowerInvariant();
        context.Model.Save(model, data.Schema, Path.Combine(folder, $"{name}.zip"));
        var scores = Score(model.Model, NinTrainer.Precision.Float32);
        File.WriteAllLines(Path.Combine(folder, $"{name}.txt"), scores.Select(score => score.ToString("R", CultureInfo.InvariantCulture)));
    }

    private static IReadOnlyList<SyntheticImages.Row> Rows => SyntheticImages.Rows(12, seed: 5);

    private static NinTransformer Load(string processor) =>
        (NinTransformer)new MLContext(1).Model.Load(Path.Combine(Folder, $"{processor}.zip"), out _);

    private static float[] Score(NinModelParameters model, NinTrainer.Precision precision)
    {
        using var network = new NinNetwork(model.Architecture, CPU);
        model.CopyWeightsTo(network);
        using var scoring = new InferenceNetwork(network, model.Normalization, model.ResizeTo, precision);
        var scores = new float[Rows.Count * model.Architecture.Classes];
        scoring.Score(Rows.SelectMany(row => row.Features).ToArray(), model.ImageShape, Rows.Count, scores, threads: 1);
        return scores;
    }

    private static void AssertClose(string processor, float[] found, float tolerance)
    {
        var lines = File.ReadAllLines(Path.Combine(Folder, $"{processor}.txt"));
        var expected = lines.Select(line => float.Parse(line, CultureInfo.InvariantCulture)).ToArray();
        Assert.HasCount(expected.Length, found);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], found[i], tolerance, $"score {i}");
        // Scores of only 0 and 1 would agree whatever the network did.
        Assert.Contains(score => score is > 0.05f and < 0.95f, expected);
    }
}
