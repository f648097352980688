using System.Globalization;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>
/// Decides whether images are mirrored. A network trained without mirroring recognises mirror images where mirroring keeps the meaning, and
/// mistakes those of digits and letters for something else. Each rank looks at its own images, and all decide from the sums.
/// </summary>
internal sealed class MirrorCheck : NinCallback
{
    /// <summary>Number of images looked at; it gives the share that is recognised to within about a percentage point.</summary>
    private const long MostImages = 2_000;

    /// <summary>Share of all steps before the network is first checked, at the earliest.</summary>
    private const double EarliestShare = 0.1;

    /// <summary>A network that recognises less is not checked: its answers on mirror images would be chance.</summary>
    private const double LeastAccuracy = 0.5;

    /// <summary>Recognised mirror images per recognised image from which on mirroring does no harm; measured in docs/learning.md.</summary>
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
            $"Classified correctly: {straight:0.0 %} of the images, {mirrored:0.0 %} of their mirror images: ") +
            (isMirrored == true ? "from now on images are also mirrored." : "images are not mirrored."));
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

    /// <returns>Share of the training images classified correctly, and the same for their mirror images.</returns>
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
        // Every rank takes the same number of batches.
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
