using Nin.MLNet.Native;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>Evaluates the network's present weights on a whole set.</summary>
internal static class Evaluator
{
    /// <returns>Mean cross-entropy in nats, unsmoothed, and the share classified correctly, over all ranks' images.
    /// Both are weighted where the images have weights.</returns>
    public static (double Loss, double Accuracy) Run(TrainingRun run, IImageSource source)
    {
        var (loss, right, weight) = (0.0, 0.0, 0.0);
        ForEachBatch(run, source, (logits, labels, weights) =>
        {
            loss += nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.None).mul(weights).sum().item<float>();
            right += logits.argmax(1).eq(labels).mul(weights).sum().item<float>();
            weight += weights.sum().item<float>();
        });
        Span<double> sums = [loss, right, weight];
        run.Replicas.Sum(sums);
        return (sums[0] / sums[2], sums[1] / sums[2]);
    }

    /// <summary>
    /// Calls an action with every batch's logits ([N, K], float32), labels ([N], int64) and weights ([N], float32), all on the CPU.
    /// </summary>
    public static void ForEachBatch(TrainingRun run, IImageSource source, Action<Tensor, Tensor, Tensor> work)
    {
        using var inference = new InferenceNetwork(run.Network, run.Settings.Normalization, run.Settings.ResizeTo, run.Settings.Precision);
        using var batches = source.Batches(run.Settings.BatchSize, seed: null).GetEnumerator();
        while (true)
        {
            // Ranks may have different numbers of batches here, so they check with one another before the next step.
            if (!run.Replicas.AreMany)
                run.Log.CheckAlive();
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            if (!batches.MoveNext())
                return;
            var labels = batches.Current.Labels;
            var logits = inference.Forward(batches.Current.Pixels, TorchWorkers.Trainings, run.Settings.Threads);
            work(logits, labels, batches.Current.Weights ?? ones(labels.shape, dtype: ScalarType.Float32, device: CPU));
        }
    }

    public static long CountCorrect(Tensor logits, Tensor labels) => logits.argmax(1).eq(labels).sum().item<long>();
}
