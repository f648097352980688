using System.Globalization;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>
/// Distinguishes a dead network from a slow one, look by look. Dead means one of four things:
/// <list type="bullet">
/// <item>the loss or the gradient is not finite;</item>
/// <item>no gradient at all reaches the first layer although there is something left to learn, whichever layer's ReLUs died;</item>
/// <item>it had clearly learnt more than the class frequencies, but for many steps has not known more: one step threw it back;</item>
/// <item>after a last ReLU, one class's output is 0 for every image, so it gets no gradient any more and would never be predicted.</item>
/// </list>
/// A plateau at the start may also have the loss of a uniform guess, but it has a gradient and was never better.
/// </summary>
internal sealed class CollapseDetector(LossRange range, int classes)
{
    /// <summary>Consecutive looks without a gradient before the network counts as dead.</summary>
    public const int Patience = 5;

    /// <summary>
    /// Consecutive looks no better than the class frequencies before a network that was better counts as thrown back.
    /// </summary>
    private const int RelapsePatience = 50;

    /// <summary>Consecutive batches before a silent class's output counts as dead; until then, changing features may revive it.</summary>
    private const int ClassPatience = 100;

    /// <summary>Learnt shares of the loss range: one counts as having lived, the other as having nothing left to learn.</summary>
    private const double Lived = 0.1, NothingLeft = 0.99;
    private const double NoGradient = 1e-12, Memory = 0.9;
    private int[] silentClassBatches = new int[classes];
    private double lossSum, lossWeight;
    private int looks;

    /// <summary>The previous look, for the message only: a loss that already grew there suggests too high a learning rate.</summary>
    private (double Loss, double Norm)? before;

    /// <summary>Whether the network was ever clearly better than the class frequencies.</summary>
    public bool HasLived { get; private set; }

    /// <summary>Consecutive looks without a gradient at the first layer.</summary>
    public int SilentLooks { get; private set; }

    /// <summary>Consecutive looks with the loss of a blind guess or worse, after it had been better.</summary>
    public int RelapsedLooks { get; private set; }

    /// <summary>Whether every part of the network is known to be alive now, so that its weights are worth going back to.</summary>
    public bool IsWell => SilentLooks == 0 && RelapsedLooks == 0 && silentClassBatches.All(batches => batches < Patience);

    /// <summary>Observes one look.</summary>
    /// <returns>What was found; null while the network lives.</returns>
    public CollapseFinding? Observe(double loss, double firstLayerNorm)
    {
        if (!double.IsFinite(loss) || !double.IsFinite(firstLayerNorm))
        {
            var earlier = before is { } seen ? Invariant($" (a step before: {seen.Loss:G4} and {seen.Norm:G4} at the first layer)") : "";
            return CollapseFinding.NotFinite(Invariant($"the loss is {loss} and the gradient's norm {firstLayerNorm}{earlier}"));
        }

        before = (loss, firstLayerNorm);
        (lossSum, lossWeight, looks) = ((Memory * lossSum) + loss, (Memory * lossWeight) + 1, looks + 1);
        HasLived |= looks >= Patience && range.LearntShare(lossSum / lossWeight) > Lived;
        SilentLooks = firstLayerNorm <= NoGradient && range.LearntShare(loss) < NothingLeft ? SilentLooks + 1 : 0;
        RelapsedLooks = HasLived && range.LearntShare(loss) <= 0 ? RelapsedLooks + 1 : 0;
        if (SilentLooks >= Patience)
        {
            return new(NinTrainer.CollapseKind.NoGradient,
                Invariant($"for {SilentLooks} steps no gradient has reached the first layer; ") +
                Invariant($"the loss is {loss:F6}, that of a guess by the classes' frequencies is {range.Blind:F6}"));
        }

        if (RelapsedLooks >= RelapsePatience)
        {
            return new(NinTrainer.CollapseKind.ThrownBack,
                Invariant($"it was better than a guess by the classes' frequencies (loss {range.Blind:F6}), ") +
                Invariant($"and for {RelapsedLooks} steps has not been; the loss is {loss:F6}"));
        }

        return HasLived ? DeadClass(ClassPatience) : null;
    }

    /// <summary>Observes the outputs of one batch if they pass through a last ReLU.</summary>
    /// <param name="highest">Highest output of each class over the batch: [K].</param>
    /// <param name="examples">Above 0 for each class with examples in the batch: [K]. A class without examples may be silent.</param>
    public void ObserveClasses(ReadOnlySpan<float> highest, ReadOnlySpan<float> examples)
    {
        for (var k = 0; k < classes; k++)
        {
            if (highest[k] != 0)
                silentClassBatches[k] = 0;
            else if (examples[k] > 0)
                silentClassBatches[k]++;
        }
    }

    /// <summary>A class whose output was silent for a fifth of the patience: the training may end before all of it passes.</summary>
    public CollapseFinding? LastSuspicion() => HasLived ? DeadClass(ClassPatience / 5) : null;

    /// <summary>Resets the detector for weights that have lived, or not yet.</summary>
    public void Reset(bool hasLived)
    {
        (HasLived, SilentLooks, RelapsedLooks, silentClassBatches, before) = (hasLived, 0, 0, new int[classes], null);
        (lossSum, lossWeight, looks) = (0, 0, 0);
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(HasLived);
        writer.Write(SilentLooks);
        writer.Write(RelapsedLooks);
        writer.Write(lossSum);
        writer.Write(lossWeight);
        writer.Write(looks);
        foreach (var batches in silentClassBatches)
            writer.Write(batches);
    }

    public void Restore(BinaryReader reader)
    {
        (HasLived, SilentLooks, RelapsedLooks) = (reader.ReadBoolean(), reader.ReadInt32(), reader.ReadInt32());
        (lossSum, lossWeight, looks) = (reader.ReadDouble(), reader.ReadDouble(), reader.ReadInt32());
        for (var k = 0; k < classes; k++)
            silentClassBatches[k] = reader.ReadInt32();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private CollapseFinding? DeadClass(int patience)
    {
        var dead = Array.FindIndex(silentClassBatches, batches => batches >= patience);
        return dead < 0
            ? null
            : new(NinTrainer.CollapseKind.SilentClass,
                Invariant($"for {silentClassBatches[dead]} batches the output of class {dead} (from 0) has been 0 for every image: ") +
                "it would never be predicted");
    }
}
