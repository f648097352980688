namespace Nin.MLNet;

/// <summary>How a pooling layer reduces its window.</summary>
public enum NinPoolingKind
{
    /// <summary>The largest value of the window.</summary>
    Max,

    /// <summary>The mean of the window, excluding padding.</summary>
    Average,
}
