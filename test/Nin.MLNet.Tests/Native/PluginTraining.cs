using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Tests.Contract;
using TorchSharp;

namespace Nin.MLNet.Tests.Native;

/// <summary>What a plugin does: it trains, saves, loads and scores, or it computes with TorchSharp before any of that.</summary>
internal static class PluginTraining
{
    public const string Argument = "--plugin";

    /// <summary>A sum by TorchSharp, after a call to this library that does not need TorchSharp.</summary>
    public static float[] OwnSum()
    {
        _ = NinArchitecture.Small();
        return Sum();
    }

    // Not inlined, so that TorchSharp is loaded only when this runs.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float[] Sum()
    {
        using var ones = torch.ones(3);
        using var sum = ones.sum();
        return [sum.item<float>()];
    }

    public static float[] Scores()
    {
        var context = new MLContext(1);
        var data = SyntheticImages.Keyed(context, 90);
        using var file = new MemoryStream();
        using (var model = context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(data))
            context.Model.Save(model, data.Schema, file);
        using var loaded = (NinTransformer)new MLContext().Model.Load(file, out _);
        return [.. loaded.Transform(data).GetColumn<float[]>("Score").SelectMany(score => score)];
    }
}
