namespace Nin.MLNet.Training.Callbacks;

/// <summary>Why a network counts as dead.</summary>
/// <param name="Kind">The way it died.</param>
/// <param name="Words">What was seen, for a message.</param>
internal sealed record CollapseFinding(NinTrainer.CollapseKind Kind, string Words)
{
    public static CollapseFinding NotFinite(string words) => new(NinTrainer.CollapseKind.NotFinite, words);

    public override string ToString() => Words;
}
