namespace Nin.MLNet;

/// <summary>A pooling layer after a block: [N, C, H, W] to [N, C, H', W'].</summary>
/// <param name="Kind">Maximum or average.</param>
/// <param name="KernelSize">Side of the square window, in pixels; at least 1.</param>
/// <param name="Stride">Step between windows, in pixels; at least 1.</param>
/// <param name="Padding">Pixels added on each side; at most half of <paramref name="KernelSize"/>.</param>
public sealed record NinPooling(NinPoolingKind Kind, int KernelSize, int Stride, int Padding = 0);
