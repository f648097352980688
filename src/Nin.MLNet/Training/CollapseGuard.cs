namespace Nin.MLNet.Training;

/// <summary>
/// Tells a dead network from a slow one, step by step. Dead means one of four things:
/// <list type="bullet">
/// <item>the loss is no finite number;</item>
/// <item>no gradient at all reaches the first layer although there is a loss. That is so whichever layer's ReLUs died: the logits no
/// longer depend on the image, and the loss stays at a uniform guess's (ln K) or at that of the classes' frequencies;</item>
/// <item>it once was clearly better than a uniform guess and has not been for many steps: one step threw it back;</item>
/// <item>one class's output is 0 for every image, behind a last ReLU, and so gets no gradient any more: that class would never be predicted.</item>
/// </list>
/// A plateau at the start may have the loss of a uniform guess too, but has a gradient and never was better.
/// </summary>
internal sealed class CollapseGuard(int classes)
{
    /// <summary>Steps in a row without a gradient before the network is called dead.</summary>
    private const int Patience = 5;

    /// <summary>Steps in a row no better than a uniform guess before a network that was better is called thrown back.</summary>
    private const int RelapsePatience = 50;

    /// <summary>Batches in a row before a silent class's output is called dead; features that move may bring it back before.</summary>
    private const int ClassPatience = 100;
    private const double NothingLeftToLearn = 1e-2, NoGradient = 1e-12;
    private readonly double uniformLoss = Math.Log(classes);

    /// <summary>What was seen a step ago, for the message alone: a loss that grew there already tells of too high a rate.</summary>
    private (double Loss, double Norm)? before;

    /// <summary>What was seen so far; a checkpoint keeps it.</summary>
    public GuardState State { get; private set; } = new(HasLived: false, 0, 0, new int[classes]);

    /// <summary>Whether the network has ever been clearly better than a uniform guess.</summary>
    public bool HasLived => State.HasLived;

    /// <summary>Whether every part of the network is known to be alive now: such weights are worth going back to.</summary>
    public bool IsWell => State is { HasLived: true, SilentSteps: 0, RelapsedSteps: 0 } && State.SilentClassBatches.All(batches => batches < Patience);

    /// <summary>Takes in one step.</summary>
    /// <param name="loss">The batch's loss.</param>
    /// <param name="firstLayerNorm">Norm of the gradient of the first layer's weights.</param>
    /// <returns>What was found, in words; null while the network lives.</returns>
    public string? Observe(double loss, double firstLayerNorm)
    {
        if (!double.IsFinite(loss) || !double.IsFinite(firstLayerNorm))
        {
            var earlier = before is { } seen ? $" (a step before: {seen.Loss:G4} and {seen.Norm:G4} at the first layer)" : "";
            return $"the loss is {loss} and the gradient's norm {firstLayerNorm}{earlier}";
        }

        before = (loss, firstLayerNorm);
        State = State with
        {
            HasLived = State.HasLived || loss < 0.9 * uniformLoss,
            SilentSteps = firstLayerNorm <= NoGradient && loss > NothingLeftToLearn ? State.SilentSteps + 1 : 0,
            RelapsedSteps = State.HasLived && loss >= uniformLoss ? State.RelapsedSteps + 1 : 0,
        };
        if (State.SilentSteps >= Patience)
            return $"for {State.SilentSteps} steps no gradient has reached the first layer; the loss is {loss:F6}, that of a uniform guess is ln {classes} = {uniformLoss:F6}";
        if (State.RelapsedSteps >= RelapsePatience)
            return $"it was better than a uniform guess (loss ln {classes} = {uniformLoss:F6}), and for {State.RelapsedSteps} steps has not been; the loss is {loss:F6}";
        var dead = Array.FindIndex(State.SilentClassBatches, batches => batches >= ClassPatience);
        return State.HasLived && dead >= 0
            ? $"for {State.SilentClassBatches[dead]} batches the output of class {dead} (from 0) has been 0 for every image: it would never be predicted"
            : null;
    }

    /// <summary>Takes in the outputs of one batch, where a ReLU stands behind them.</summary>
    /// <param name="highest">Highest output of each class over the batch: [K].</param>
    /// <param name="examples">Examples of each class in the batch: [K]. A class that was not met may be silent.</param>
    public void ObserveClasses(ReadOnlySpan<float> highest, ReadOnlySpan<long> examples)
    {
        var silent = (int[])State.SilentClassBatches.Clone();
        for (var k = 0; k < classes; k++)
        {
            if (highest[k] != 0)
                silent[k] = 0;
            else if (examples[k] > 0)
                silent[k]++;
        }

        State = State with { SilentClassBatches = silent };
    }

    /// <summary>At the training's end less is enough, for the patience might outlast it: one silent step, or a fifth of the patience with a class.</summary>
    public string? LastSuspicion()
    {
        if (State.SilentSteps > 0)
            return $"the training ended with {State.SilentSteps} step(s) in which no gradient reached the first layer";
        var dead = Array.FindIndex(State.SilentClassBatches, batches => batches >= ClassPatience / 5);
        return HasLived && dead >= 0
            ? $"the training ended with {State.SilentClassBatches[dead]} batches in which the output of class {dead} (from 0) was 0 for every image"
            : null;
    }

    /// <summary>Starts anew from weights that have lived, or not yet.</summary>
    public void Reset(bool hasLived) => (State, before) = (new GuardState(hasLived, 0, 0, new int[classes]), null);

    /// <summary>Goes on from what a checkpoint kept.</summary>
    public void Resume(GuardState state) => State = state;
}
