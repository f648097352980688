namespace Nin.MLNet;

/// <summary>How a pooling layer condenses its window.</summary>
public enum NinPoolingKind
{
    /// <summary>The largest value of the window.</summary>
    Max,

    /// <summary>The mean of the window, padding not counted.</summary>
    Average,
}
