using Nin.MLNet.Arithmetic;

namespace Nin.MLNet.Network;

/// <summary>A batch's statistics, kept from the forward to the backward pass. Images are [pixels, channels] in memory.</summary>
/// <typeparam name="TNumber">Holds the bits of a number.</typeparam>
/// <typeparam name="TFormat">Interprets the bits.</typeparam>
/// <param name="channels">A multiple of 8.</param>
/// <param name="pixels">Number of pixels in all images.</param>
/// <param name="rectify">Whether a ReLU follows.</param>
internal sealed unsafe class NormalizedBatch<TNumber, TFormat>(int channels, long pixels, bool rectify)
    where TNumber : unmanaged
    where TFormat : struct, INumberFormat<TNumber>
{
    private readonly float[] mean = new float[channels], scale = new float[channels], shift = new float[channels];
    private readonly float[] slope = new float[channels], offset = new float[channels];
    private readonly double[] first = new double[channels], second = new double[channels], inverse = new double[channels];

    /// <summary>Computes the mean and deviation of each channel, and updates the running statistics.</summary>
    public void Measure(TNumber* x, NormalizationWeights weights, double momentum)
    {
        float* weight = MemoryLayout.At(weights.Scale), bias = MemoryLayout.At(weights.Shift);
        float* means = MemoryLayout.At(weights.RunningMean), variances = MemoryLayout.At(weights.RunningVariance);
        fixed (double* found = first, variance = second)
            BatchNormalization<TNumber, TFormat>.Statistics(x, pixels, channels, found, variance);
        for (var c = 0; c < channels; c++)
        {
            inverse[c] = 1 / Math.Sqrt(second[c] + Kernels.BatchNormEpsilon);
            var factor = weight[c] * inverse[c];
            (mean[c], scale[c], shift[c]) = ((float)first[c], (float)factor, (float)(bias[c] - (first[c] * factor)));
            means[c] = (float)(((1 - momentum) * means[c]) + (momentum * first[c]));
            variances[c] = (float)(((1 - momentum) * variances[c]) + (momentum * second[c] * pixels / (pixels - 1)));
        }
    }

    /// <param name="x">The images.</param>
    /// <param name="y">Receives the normalised images.</param>
    public void Forward(TNumber* x, TNumber* y)
    {
        fixed (float* factors = scale, terms = shift)
            BatchNormalization<TNumber, TFormat>.Normalize(x, pixels, channels, factors, terms, rectify, y);
    }

    /// <summary>The gradients of the layer's weight and bias.</summary>
    /// <param name="x">The images.</param>
    /// <param name="gradient">The output's gradient.</param>
    /// <param name="ofScale">Receives the weight's gradient, [channels].</param>
    /// <param name="ofShift">Receives the bias's gradient, [channels].</param>
    public void MeasureGradient(TNumber* x, TNumber* gradient, float* ofScale, float* ofShift)
    {
        fixed (float* factors = scale, terms = shift, means = mean)
        fixed (double* sums = first, products = second)
        {
            BatchNormalization<TNumber, TFormat>.GradientSums(
                x, gradient, pixels, channels, factors, terms, means, rectify, sums, products);
        }

        for (var c = 0; c < channels; c++)
        {
            (ofScale[c], ofShift[c]) = ((float)(second[c] * inverse[c]), (float)first[c]);
            // The mean and the deviation also depend on every pixel.
            var rise = -scale[c] * inverse[c] * inverse[c] * second[c] / pixels;
            (slope[c], offset[c]) = ((float)rise, (float)((-scale[c] * first[c] / pixels) - (rise * mean[c])));
        }
    }

    /// <param name="x">The images.</param>
    /// <param name="gradient">The output's gradient; receives that of the images.</param>
    public void Backward(TNumber* x, TNumber* gradient)
    {
        fixed (float* factors = scale, terms = shift, rises = slope, constants = offset)
            BatchNormalization<TNumber, TFormat>.Gradient(x, gradient, pixels, channels, factors, terms, rises, constants, rectify);
    }
}
