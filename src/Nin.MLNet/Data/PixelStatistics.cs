using Nin.MLNet.Network;
using Nin.MLNet.Training;

namespace Nin.MLNet.Data;

/// <summary>
/// Mean and standard deviation of each channel over all images. Only differences are squared and added up, so a channel that never varies
/// has a deviation of exactly 0, whatever its value (Chan, Golub, LeVeque 1983).
/// </summary>
internal sealed class PixelStatistics(NinImageShape shape)
{
    /// <summary>Of each channel; the squares are of the differences to the mean.</summary>
    private readonly double[] means = new double[shape.Channels], squares = new double[shape.Channels];
    private long images;

    private double Area => (double)shape.Height * shape.Width;

    public void Add(ReadOnlySpan<float> image)
    {
        images++;
        var area = shape.Height * shape.Width;
        for (var c = 0; c < shape.Channels; c++)
        {
            var channel = image.Slice(c * area, area);
            double first = channel[0], sum = 0, square = 0;
            foreach (var value in channel)
            {
                var difference = value - first;
                sum += difference;
                square += difference * difference;
            }

            // Merges the image's mean and squares with those of all images before.
            var step = first + (sum / area) - means[c];
            means[c] += step / images;
            squares[c] += square - (sum * sum / area) + (step * step * area * (images - 1) / images);
        }
    }

    /// <summary>Takes in the other ranks' images.</summary>
    public void Share(Replicas replicas)
    {
        var all = (long)replicas.Sum(images);
        for (var c = 0; c < shape.Channels; c++)
        {
            var first = replicas.OfFirst(means[c]);
            var difference = means[c] - first;
            Span<double> sums = [images * difference, images * difference * difference, squares[c]];
            replicas.Sum(sums);
            means[c] = first + (sums[0] / all);
            squares[c] = sums[2] + (Area * (sums[1] - (sums[0] * sums[0] / all)));
        }

        images = all;
    }

    public Normalization ToNormalization()
    {
        // A channel that never varies carries no information; dividing by 1 keeps it at 0.
        var deviations = squares
            .Select(square => Math.Sqrt(Math.Max(0, square / (images * Area))))
            .Select(value => value > 1e-12 ? value : 1);
        return new Normalization([.. means.Select(value => (float)value)], [.. deviations.Select(value => (float)value)]);
    }
}
