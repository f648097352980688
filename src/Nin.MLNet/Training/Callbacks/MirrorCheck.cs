using System.Globalization;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>
/// Decides whether images are mirrored: a network that learnt without knows the mirror images of what means the same in a mirror, and takes
/// those of digits and letters for something else. Of several ranks each looks at its own images, and all decide from the sums.
/// </summary>
internal sealed class MirrorCheck : NinCallback
{
    /// <summary>Images that are looked at; the share of them that is known is then right to about a point.</summary>
    private const long MostImages = 2_000;

    /// <summary>Share of all steps after which the network is asked at the earliest.</summary>
    private const double EarliestShare = 0.1;

    /// <summary>A network that knows less is not asked: what it says of mirror images is chance.</summary>
    private const double LeastAccuracy = 0.5;

    /// <summary>Mirror images known for each image known, from which on mirroring does no harm; measured in docs/learning.md.</summary>
    private const double LeastRatio = 0.6;

    private TrainingRun? run;
    private bool? isMirrored;

    public override void OnTrainingStart(NinTrainingContext training)
    {
        run = training.Run;
        Set(null);
    }

    public override void OnEpoch(NinTrainingContext training)
    {
        if (isMirrored is not null || training.Step < EarliestShare * training.NumberOfSteps)
            return;
        var (straight, mirrored) = Look();
        if (straight < LeastAccuracy)
            return;
        Set(mirrored >= LeastRatio * straight);
        run!.Log.Info(string.Create(
            CultureInfo.InvariantCulture,
            $"Of images as they are {straight:0.0 %} are classified right, of their mirror images {mirrored:0.0 %}: ") +
            (isMirrored == true ? "from now on images are mirrored, too." : "images are not mirrored."));
    }

    public override void SaveState(BinaryWriter writer)
    {
        writer.Write(isMirrored is not null);
        writer.Write(isMirrored == true);
    }

    public override void RestoreState(BinaryReader reader)
    {
        var (isDecided, decision) = (reader.ReadBoolean(), reader.ReadBoolean());
        Set(isDecided ? decision : null);
    }

    private void Set(bool? decision)
    {
        isMirrored = decision;
        run!.Train.IsMirrored = decision == true;
    }

    /// <returns>Share of the training images that is classified right, and the same of their mirror images.</returns>
    private (double Straight, double Mirrored) Look()
    {
        var settings = run!.Settings;
        using var learning = run.Network.Snapshot();
        run.Learner.SettleStatistics();
        using var inference = new InferenceNetwork(run.Network, settings.Normalization, settings.ResizeTo, settings.Precision);
        using var batches = run.Train
            .Batches(settings.BatchSize, settings.OwnSeedFor("mirror", run.Epoch), run.Epoch)
            .GetEnumerator();
        var (images, straight, mirrored) = (0L, 0L, 0L);
        // As many batches on every rank.
        for (var left = MostImages; left > 0; left -= (long)settings.BatchSize * run.Replicas.Count)
        {
            run.Replicas.CheckAlive(run.Log);
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            if (!batches.MoveNext())
                break;
            var (pixels, labels) = (batches.Current.Pixels, batches.Current.Labels);
            images += labels.shape[0];
            straight += Known(pixels, labels);
            mirrored += Known(pixels.flip(-1), labels);
        }

        run.Network.Restore(learning);
        Span<double> sums = [images, straight, mirrored];
        run.Replicas.Sum(sums);
        return (sums[1] / sums[0], sums[2] / sums[0]);

        long Known(Tensor pixels, Tensor labels) =>
            Evaluator.CountCorrect(inference.Forward(pixels, TorchWorkers.Trainings, settings.Threads), labels);
    }
}
