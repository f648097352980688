namespace Nin.MLNet.Stress.Samples;

/// <summary>An image as a program holds it.</summary>
internal sealed class ImageRow
{
    public float[] Features { get; set; } = [];
}
