using Nin.MLNet.Network;
using Nin.MLNet.Training;

namespace Nin.MLNet.Data;

/// <summary>Mean and standard deviation of each channel over all images.</summary>
internal sealed class PixelStatistics(NinImageShape shape)
{
    private readonly double[] sums = new double[shape.Channels], squares = new double[shape.Channels];
    private long images;

    public void Add(ReadOnlySpan<float> image)
    {
        images++;
        var area = shape.Height * shape.Width;
        for (var c = 0; c < shape.Channels; c++)
        {
            double sum = 0, square = 0;
            foreach (var value in image.Slice(c * area, area))
            {
                sum += value;
                square += (double)value * value;
            }

            sums[c] += sum;
            squares[c] += square;
        }
    }

    /// <summary>Adds the other ranks' sums.</summary>
    public void Share(Replicas replicas)
    {
        replicas.Sum(sums);
        replicas.Sum(squares);
        images = (long)replicas.Sum(images);
    }

    public Normalization ToNormalization()
    {
        var count = (double)images * shape.Height * shape.Width;
        var mean = sums.Select(sum => sum / count).ToArray();
        // A channel that never varies carries no information; dividing by 1 keeps it at 0.
        var std = squares
            .Select((square, c) => Math.Sqrt(Math.Max(0, (square / count) - (mean[c] * mean[c]))))
            .Select(value => value > 1e-12 ? value : 1);
        return new Normalization([.. mean.Select(value => (float)value)], [.. std.Select(value => (float)value)]);
    }
}
