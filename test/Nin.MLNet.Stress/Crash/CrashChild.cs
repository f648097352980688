using System.Globalization;
using Microsoft.ML;
using Nin.MLNet.Stress.Samples;

namespace Nin.MLNet.Stress.Crash;

/// <summary>The process that is killed: trains with a checkpoint and writes its final weights.</summary>
internal static class CrashChild
{
    private const int Images = 300;

    public static void Run(string variant, string checkpoint, string weights)
    {
        var context = new MLContext(1);
        var options = CrashVariants.Of(variant);
        options.CheckpointPath = checkpoint;
        options.Callbacks.Add(new EndTeller());
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(BarImages.Of(context, Images));
        model.Model.SaveWeights(weights);
    }

    private sealed class EndTeller : NinCallback
    {
        public override void OnTrainingEnd(NinTrainingContext training) => Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{training.Epoch} {training.Step} {training.Elapsed.TotalSeconds:F3}"));
    }
}
