namespace Nin.MLNet;

/// <summary>
/// The network collapsed in training and could not be recovered. <see cref="BestModel"/> is the best model before that; to get it from Fit
/// instead of this exception, set <c>Options.OnCollapse</c> to <see cref="NinTrainer.CollapseAction.ReturnBest"/>.
/// </summary>
public sealed class NinTrainingCollapsedException : InvalidOperationException
{
    /// <summary>An exception without a history.</summary>
    public NinTrainingCollapsedException()
        : this("The network collapsed in training.")
    {
    }

    /// <summary>An exception without a history.</summary>
    /// <param name="message">What was observed and what to change.</param>
    public NinTrainingCollapsedException(string message)
        : base(message)
    {
    }

    /// <summary>An exception without a history.</summary>
    /// <param name="message">What was observed and what to change.</param>
    /// <param name="innerException">The cause.</param>
    public NinTrainingCollapsedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal NinTrainingCollapsedException(
        NinTrainer.CollapseKind kind, string message, IReadOnlyList<NinEpoch> history, NinTransformer? bestModel)
        : base(message) => (Kind, History, BestModel) = (kind, history, bestModel);

    /// <summary>How the network collapsed; null if the exception was not thrown by the trainer.</summary>
    public NinTrainer.CollapseKind? Kind { get; }

    /// <summary>The epochs finished before the collapse.</summary>
    public IReadOnlyList<NinEpoch> History { get; } = [];

    /// <summary>
    /// The model of the best epoch by validation, or else the latest one seen alive; null if there was none. Whoever catches the exception
    /// must dispose it.
    /// </summary>
    public NinTransformer? BestModel { get; }
}
