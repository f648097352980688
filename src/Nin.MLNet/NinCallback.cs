namespace Nin.MLNet;

/// <summary>
/// Watches a training run and may stop it; every hook does nothing unless overridden. Add it to <c>Options.Callbacks</c>. The trainer's
/// own parts (recovery, best weights, early stopping, checkpoint ...) are callbacks too. Hooks run one after another, as part of the
/// training.
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

    /// <summary>Called once, before the first step. A callback that serves several training runs resets itself here.</summary>
    /// <param name="training">The training.</param>
    public virtual void OnTrainingStart(NinTrainingContext training)
    {
    }

    /// <summary>Called after each step of the optimiser.</summary>
    /// <param name="training">The training; its loss and gradient norm are those of this step.</param>
    public virtual void OnStep(NinTrainingContext training)
    {
    }

    /// <summary>Called after each epoch, once its entry is in <see cref="NinTrainingContext.History"/>.</summary>
    /// <param name="training">The training.</param>
    public virtual void OnEpoch(NinTrainingContext training)
    {
    }

    /// <summary>Called once, after the last epoch, even if the training was stopped; not called after an exception.</summary>
    /// <param name="training">The training.</param>
    public virtual void OnTrainingEnd(NinTrainingContext training)
    {
    }

    /// <summary>Writes the callback's own state for a checkpoint.</summary>
    /// <param name="writer">Receives the state.</param>
    public virtual void SaveState(BinaryWriter writer)
    {
    }

    /// <summary>Reads what <see cref="SaveState"/> wrote, after <see cref="OnTrainingStart"/>.</summary>
    /// <param name="reader">Provides the state.</param>
    public virtual void RestoreState(BinaryReader reader)
    {
    }

    /// <summary>Called when a step's loss and gradient are known but the step has not been taken yet.</summary>
    internal virtual void OnLook(NinTrainingContext training)
    {
    }

    /// <summary>Called after each epoch's validation, while the network holds the weights that the training would return.</summary>
    internal virtual void OnEvaluated(NinTrainingContext training)
    {
    }

    /// <summary>Called when the weights have been replaced and everything gathered from the old ones is void.</summary>
    internal virtual void OnWeightsReplaced(NinTrainingContext training)
    {
    }

    private sealed class Actions(Action<NinTrainingContext>? afterStep, Action<NinTrainingContext>? afterEpoch) : NinCallback
    {
        public override void OnStep(NinTrainingContext training) => afterStep?.Invoke(training);

        public override void OnEpoch(NinTrainingContext training) => afterEpoch?.Invoke(training);
    }
}
