using System.Runtime.InteropServices;
using Microsoft.ML;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training;

/// <summary>A training on the synthetic images through the public API, and its result.</summary>
internal sealed record Trained(float[] Weights, IReadOnlyList<NinEpoch> History, IReadOnlyList<string> Log)
{
    public IEnumerable<string> Warnings => Log.Where(message => message.Contains("collapsed:", StringComparison.Ordinal));

    /// <summary>200 images of three classes, a fifth of them set aside for validation.</summary>
    public static Trained On(NinTrainer.Options options)
    {
        options.ValidationSetFraction = 0.2;
        var context = new MLContext(1);
        var log = new List<string>();
        context.Log += (_, e) => log.Add(e.Message);
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, 200));
        return new Trained(WeightsOf(model), [.. model.Model.History], log);
    }

    /// <summary>All weights of a model, in the order of its safetensors file.</summary>
    public static float[] WeightsOf(NinTransformer model)
    {
        var path = Path.GetTempFileName();
        try
        {
            model.Model.SaveWeights(path);
            var bytes = File.ReadAllBytes(path);
            return MemoryMarshal.Cast<byte, float>(bytes.AsSpan(8 + (int)BitConverter.ToInt64(bytes))).ToArray();
        }
        finally
        {
            File.Delete(path);
        }
    }
}
