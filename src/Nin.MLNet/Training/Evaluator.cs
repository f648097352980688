using Nin.MLNet.Native;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>Loss and accuracy of the weights that stand in the network, over a whole set.</summary>
internal static class Evaluator
{
    /// <returns>Mean cross-entropy in nats, unsmoothed, and the share classified right, both weighted where the
    /// images have weights.</returns>
    public static (double Loss, double Accuracy) Run(TrainingRun run, IImageSource source)
    {
        using var inference = new InferenceNetwork(run.Network, run.Settings.Normalization, run.Settings.ResizeTo, run.Settings.Precision);
        using var batches = source.Batches(run.Settings.BatchSize, seed: null).GetEnumerator();
        var (loss, right, weight) = (0.0, 0.0, 0.0);
        while (true)
        {
            run.Log.CheckAlive();
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            if (!batches.MoveNext())
                return (loss / weight, right / weight);
            var labels = batches.Current.Labels;
            var logits = inference.Forward(batches.Current.Pixels, TorchWorkers.Trainings, run.Settings.Threads);
            var weights = batches.Current.Weights ?? ones(labels.shape, dtype: ScalarType.Float32, device: CPU);
            loss += nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.None).mul(weights).sum().item<float>();
            right += logits.argmax(1).eq(labels).mul(weights).sum().item<float>();
            weight += weights.sum().item<float>();
        }
    }

    public static long CountCorrect(Tensor logits, Tensor labels) => logits.argmax(1).eq(labels).sum().item<long>();
}
