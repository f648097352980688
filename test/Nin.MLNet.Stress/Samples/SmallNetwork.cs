namespace Nin.MLNet.Stress.Samples;

/// <summary>A small network with one of each kind of layer.</summary>
internal static class SmallNetwork
{
    public static readonly NinArchitecture Architecture = new(1,
    [
        new NinBlock([4, 4], 3, 1, 1) { Pooling = new NinPooling(NinPoolingKind.Max, 3, 2), Dropout = 0.5 },
        new NinBlock([4, 3], 3, 1, 1),
    ])
    { BatchNorm = true, LastReLU = false };

    public static readonly NinImageShape Shape = new(1, 12, 12);
}
