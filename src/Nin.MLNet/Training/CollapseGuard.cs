namespace Nin.MLNet.Training;

/// <summary>
/// Tells a dead network from a slow one, step by step. Dead means: the loss is no finite number, or it is that of a uniform guess
/// (ln K) while no weight receives any gradient. A plateau has the same loss, but a gradient.
/// </summary>
internal sealed class CollapseGuard(int classes)
{
    /// <summary>Steps in a row without any gradient before the network is called dead.</summary>
    private const int Patience = 5;
    private const double LossTolerance = 1e-3, NoGradient = 1e-12;
    private readonly double uniformLoss = Math.Log(classes);
    private int silentSteps;

    /// <summary>Whether the network has ever been clearly better than a uniform guess.</summary>
    public bool HasLived { get; private set; }

    /// <summary>Takes in one step.</summary>
    /// <param name="loss">The batch's loss.</param>
    /// <param name="weightGradientNorm">Norm of the gradient of all convolution weights.</param>
    /// <returns>What was found, in words; null while the network lives.</returns>
    public string? Observe(double loss, double weightGradientNorm)
    {
        if (!double.IsFinite(loss) || !double.IsFinite(weightGradientNorm))
            return $"the loss is {loss} and the gradient's norm {weightGradientNorm}";
        HasLived |= loss < 0.9 * uniformLoss;
        silentSteps = weightGradientNorm <= NoGradient && loss > uniformLoss - LossTolerance ? silentSteps + 1 : 0;
        return silentSteps >= Patience
            ? $"for {silentSteps} steps the loss has been {loss:F6}, a uniform guess is ln {classes} = {uniformLoss:F6}, and no weight receives a gradient"
            : null;
    }

    /// <summary>At an epoch's end even one silent step counts, for the patience might outlast the training.</summary>
    public string? Suspicion() => silentSteps == 0
        ? null
        : $"the epoch ended with {silentSteps} step(s) at the loss of a uniform guess, ln {classes} = {uniformLoss:F6}, and no gradient";

    public void Reset(bool hasLived)
    {
        silentSteps = 0;
        HasLived = hasLived;
    }
}
