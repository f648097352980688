using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>Loss and accuracy of the weights that stand in the network, over a whole set.</summary>
internal static class Evaluator
{
    /// <returns>Mean cross-entropy in nats, unsmoothed and unweighted, and the share classified right; NaN where the weights are no numbers.</returns>
    public static (double Loss, double Accuracy) Run(TrainingRun run, IImageSource source)
    {
        var tally = new EpochTally();
        using var inference = new InferenceNetwork(run.Network, run.Settings.Normalization, run.Settings.ResizeTo, run.Settings.Precision);
        using var batches = source.Batches(run.Settings.ScoringBatchSize, seed: null).GetEnumerator();
        while (true)
        {
            run.Log.CheckAlive();
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            if (!batches.MoveNext())
                return (tally.Loss, tally.Accuracy);
            var labels = batches.Current.Labels.to(run.Network.Device);
            var logits = inference.Forward(batches.Current.Pixels);
            var loss = nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum).item<float>();
            tally.AddBatch(loss, labels.shape[0], CountCorrect(logits, labels), labels.shape[0]);
        }
    }

    public static long CountCorrect(Tensor logits, Tensor labels) => logits.argmax(1).eq(labels).sum().item<long>();
}
