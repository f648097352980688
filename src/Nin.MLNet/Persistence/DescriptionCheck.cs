namespace Nin.MLNet.Persistence;

/// <summary>
/// Rejects a model description that no training writes, before anything is built from it: a zip may come from a stranger.
/// </summary>
internal static class DescriptionCheck
{
    private const int LargestSide = 4_096, FewestBytesOfAWeight = 2;

    /// <param name="description">As it was read.</param>
    /// <param name="weightBytes">Bytes of weights that the entry holds.</param>
    /// <exception cref="InvalidDataException">A value is missing or out of its range; the message names it.</exception>
    public static void Check(ModelDescription? description, long weightBytes)
    {
        Require(description is not null, "it is null");
        var (architecture, normalization, layout) = (description!.Architecture, description.Normalization, description.ImageLayout);
        var channels = architecture.InputChannels;
        Require(
            architecture.ParameterCount * FewestBytesOfAWeight <= weightBytes,
            FormattableString.Invariant(
                $"its architecture has {architecture.ParameterCount:N0} parameters, more than its {weightBytes:N0} bytes of weights hold"));
        Require(layout.Shape.Channels == channels, $"images of {layout.Shape} do not have the network's {channels} channel(s)");
        Require(
            normalization.Mean.Length == channels && normalization.Std.Length == channels,
            $"{normalization.Mean.Length} means and {normalization.Std.Length} deviations: expected {channels}, one for each channel");
        Require(normalization.Mean.All(float.IsFinite), "a mean is not finite");
        Require(normalization.Std.All(std => float.IsFinite(std) && std > 0), "a standard deviation is not above 0");
        Require(
            description.ResizeTo is null or (>= 1 and <= LargestSide),
            $"ResizeTo is {description.ResizeTo}: expected 1 to {LargestSide}");
        var (height, width) = (description.ResizeTo ?? layout.Shape.Height, description.ResizeTo ?? layout.Shape.Width);
        Require(architecture.Fits(Math.Min(height, width)), $"images of {height} x {width} pixels are smaller than the network's windows");
        Require(Enum.IsDefined(description.Precision), $"the precision is {(int)description.Precision}");
        Require(
            description.Temperature > 0 && double.IsFinite(description.Temperature),
            FormattableString.Invariant($"its temperature is {description.Temperature}, expected a number above 0"));
        Require(description.FeatureColumnName.Length > 0, "the features column has no name");
        Require(description.History.All(epoch => epoch is not null), "an epoch of the history is null");
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new InvalidDataException($"The model entry's description is damaged: {what}. Get a whole copy of the model zip.");
    }
}
