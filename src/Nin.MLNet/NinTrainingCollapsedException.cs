namespace Nin.MLNet;

/// <summary>The network died in training and could not be brought back; no model is returned.</summary>
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

    internal NinTrainingCollapsedException(string message, IReadOnlyList<NinEpoch> history)
        : base(message) => History = history;

    /// <summary>The epochs that were finished before the collapse.</summary>
    public IReadOnlyList<NinEpoch> History { get; } = [];
}
