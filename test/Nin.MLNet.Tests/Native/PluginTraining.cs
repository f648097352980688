using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Native;

/// <summary>What a plugin does: it trains, saves, loads and scores.</summary>
internal static class PluginTraining
{
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
