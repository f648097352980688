using System.Diagnostics;
using Microsoft.ML;
using Nin.MLNet.Native;

namespace Nin.MLNet.Benchmarks;

/// <summary>What a fresh process waits for, in seconds from the start of its work.</summary>
internal static class FirstPrediction
{
    /// <summary>Loading libtorch alone.</summary>
    public static IEnumerable<double> LoadOnly()
    {
        var start = Stopwatch.GetTimestamp();
        NativeTorch.EnsureLoaded();
        using var one = TorchSharp.torch.ones(1);
        return [Stopwatch.GetElapsedTime(start).TotalSeconds];
    }

    /// <summary>Loading a model zip and predicting one image, libtorch included.</summary>
    public static IEnumerable<double> LoadAndPredict(string zip)
    {
        var start = Stopwatch.GetTimestamp();
        var context = new MLContext();
        var model = context.Model.Load(zip, out _);
        using var engine = context.Model.CreatePredictionEngine<Workload.Row, Workload.Scored>(
            model, inputSchemaDefinition: Workload.Large.Schema());
        engine.Predict(new Workload.Row { Features = new float[224 * 224] });
        return [Stopwatch.GetElapsedTime(start).TotalSeconds];
    }

    /// <summary>Writes a zip of the large network; what it has learnt does not matter here.</summary>
    public static void Prepare(string zip)
    {
        var context = new MLContext(1);
        var options = Workload.Large.Options(NinTrainer.Precision.Auto);
        options.NumberOfEpochs = 1;
        var data = context.Data.TakeRows(Workload.Large.Data(context), 16);
        context.Model.Save(context.MulticlassClassification.Trainers.Nin(options).Fit(data), data.Schema, zip);
    }
}
