namespace Nin.MLNet.Training;

/// <summary>
/// Tells a dead network from a slow one, step by step. Dead means: the loss is no finite number, or no gradient at all reaches the
/// first layer although there is a loss. That is so whichever layer's ReLUs died: the logits no longer depend on the image, and the
/// loss stays at a uniform guess's (ln K) or at that of the classes' frequencies. A plateau may have the same loss, but has a gradient.
/// </summary>
internal sealed class CollapseGuard(int classes)
{
    /// <summary>Steps in a row without a gradient before the network is called dead.</summary>
    private const int Patience = 5;
    private const double NothingLeftToLearn = 1e-2, NoGradient = 1e-12;
    private readonly double uniformLoss = Math.Log(classes);
    private int silentSteps;

    /// <summary>Whether the network has ever been clearly better than a uniform guess.</summary>
    public bool HasLived { get; private set; }

    /// <summary>Takes in one step.</summary>
    /// <param name="loss">The batch's loss.</param>
    /// <param name="firstLayerNorm">Norm of the gradient of the first layer's weights.</param>
    /// <returns>What was found, in words; null while the network lives.</returns>
    public string? Observe(double loss, double firstLayerNorm)
    {
        if (!double.IsFinite(loss) || !double.IsFinite(firstLayerNorm))
            return $"the loss is {loss} and the gradient's norm {firstLayerNorm}";
        HasLived |= loss < 0.9 * uniformLoss;
        silentSteps = firstLayerNorm <= NoGradient && loss > NothingLeftToLearn ? silentSteps + 1 : 0;
        return silentSteps >= Patience
            ? $"for {silentSteps} steps no gradient has reached the first layer; the loss is {loss:F6}, that of a uniform guess is ln {classes} = {uniformLoss:F6}"
            : null;
    }

    /// <summary>At an epoch's end even one silent step counts, for the patience might outlast the training.</summary>
    public string? Suspicion() => silentSteps == 0
        ? null
        : $"the epoch ended with {silentSteps} step(s) in which no gradient reached the first layer";

    public void Reset(bool hasLived)
    {
        silentSteps = 0;
        HasLived = hasLived;
    }
}
