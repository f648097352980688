namespace Nin.MLNet;

/// <summary>
/// The network collapsed in training and could not be brought back. <see cref="BestModel"/> is what was best until then; to have it
/// from Fit instead of this exception, set <c>Options.OnCollapse</c> to <see cref="NinTrainer.CollapseAction.ReturnBest"/>.
/// </summary>
public sealed class NinTrainingCollapsedException : InvalidOperationException
{
    /// <summary>An exception without a history.</summary>
    public NinTrainingCollapsedException()
        : this("The network collapsed in training.")
    {
    }

    /// <summary>An exception without a history.</summary>
    /// <param name="message">What was seen and what to change.</param>
    public NinTrainingCollapsedException(string message)
        : base(message)
    {
    }

    /// <summary>An exception without a history.</summary>
    /// <param name="message">What was seen and what to change.</param>
    /// <param name="innerException">The cause.</param>
    public NinTrainingCollapsedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal NinTrainingCollapsedException(
        NinTrainer.CollapseKind kind, string message, IReadOnlyList<NinEpoch> history, NinTransformer? bestModel)
        : base(message) => (Kind, History, BestModel) = (kind, history, bestModel);

    /// <summary>In which way the network died; null where the exception was not thrown by a training.</summary>
    public NinTrainer.CollapseKind? Kind { get; }

    /// <summary>The epochs that were finished before the collapse.</summary>
    public IReadOnlyList<NinEpoch> History { get; } = [];

    /// <summary>
    /// The best epoch's model by validation, else the latest that was seen alive; null where there was none. Whoever
    /// catches the exception disposes it.
    /// </summary>
    public NinTransformer? BestModel { get; }
}
