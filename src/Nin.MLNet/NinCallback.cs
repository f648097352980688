namespace Nin.MLNet;

/// <summary>
/// Watches a training and may stop it; every hook does nothing unless overridden. Put into <c>Options.Callbacks</c>. The trainer's own
/// parts (recovery, best weights, early stopping, checkpoint ...) are callbacks too. Hooks run one after the other, in the training.
/// </summary>
public abstract class NinCallback
{
    /// <summary>A callback that calls <paramref name="action"/> after each epoch.</summary>
    /// <param name="action">What to do.</param>
    public static NinCallback AfterEpoch(Action<NinTrainingContext> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return new Actions(null, action);
    }

    /// <summary>A callback that calls <paramref name="action"/> after each step of the optimiser.</summary>
    /// <param name="action">What to do.</param>
    public static NinCallback AfterStep(Action<NinTrainingContext> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return new Actions(action, null);
    }

    /// <summary>Called once, before the first step. A callback that serves several trainings starts anew here.</summary>
    /// <param name="training">The training.</param>
    public virtual void OnTrainingStart(NinTrainingContext training)
    {
    }

    /// <summary>Called after each step of the optimiser.</summary>
    /// <param name="training">The training; its loss and gradient norm are the step's.</param>
    public virtual void OnStep(NinTrainingContext training)
    {
    }

    /// <summary>Called after each epoch, once its entry stands in <see cref="NinTrainingContext.History"/>.</summary>
    /// <param name="training">The training.</param>
    public virtual void OnEpoch(NinTrainingContext training)
    {
    }

    /// <summary>Called once, after the last epoch, also where the training was stopped; not after an exception.</summary>
    /// <param name="training">The training.</param>
    public virtual void OnTrainingEnd(NinTrainingContext training)
    {
    }

    /// <summary>Writes the callback's own state for a checkpoint.</summary>
    /// <param name="writer">Takes the state.</param>
    public virtual void SaveState(BinaryWriter writer)
    {
    }

    /// <summary>Reads what <see cref="SaveState"/> wrote, after <see cref="OnTrainingStart"/>.</summary>
    /// <param name="reader">Gives the state.</param>
    public virtual void RestoreState(BinaryReader reader)
    {
    }

    /// <summary>Called when a step's loss and gradient are known and the step is not yet taken.</summary>
    internal virtual void OnLook(NinTrainingContext training)
    {
    }

    /// <summary>Called while the weights that the training would give back stand in the network, after each epoch's validation.</summary>
    internal virtual void OnEvaluated(NinTrainingContext training)
    {
    }

    /// <summary>Called when the weights were replaced by others and what was gathered from the old ones is void.</summary>
    internal virtual void OnWeightsReplaced(NinTrainingContext training)
    {
    }

    private sealed class Actions(Action<NinTrainingContext>? afterStep, Action<NinTrainingContext>? afterEpoch) : NinCallback
    {
        public override void OnStep(NinTrainingContext training) => afterStep?.Invoke(training);

        public override void OnEpoch(NinTrainingContext training) => afterEpoch?.Invoke(training);
    }
}
