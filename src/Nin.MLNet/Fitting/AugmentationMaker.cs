using System.Globalization;
using Nin.MLNet.Data;
using Nin.MLNet.Training;

namespace Nin.MLNet.Fitting;

/// <summary>The augmentation that the options ask for, and what the log says of it.</summary>
internal static class AugmentationMaker
{
    /// <param name="options">The user's.</param>
    /// <param name="shape">Shape of the images.</param>
    /// <param name="images">Training images of all ranks.</param>
    public static (Augmentation Augmentation, string Description) Make(NinTrainer.Options options, NinImageShape shape, long images)
    {
        var gammaChange = options.MaxGammaChange ?? DefaultsBySize.GammaChangeFor(images, shape.Channels);
        var borders = new Borders(options.ReflectBorders);
        var warp = options.MaxRotationDegrees > 0 || options.MaxScaling > 0
            ? new Warp(shape, options.MaxRotationDegrees, options.MaxScaling, borders)
            : null;
        var augmentation = new Augmentation(
            shape, options.HorizontalFlip == NinTrainer.Mirroring.On, options.MaxShiftPixels, borders, options.RandomErasingProbability,
            warp, gammaChange > 0 ? new ToneCurve(gammaChange) : null);
        return (augmentation, Describe(options, gammaChange));
    }

    private static string Describe(NinTrainer.Options options, double gammaChange)
    {
        List<string> parts = [];
        if (options.HorizontalFlip == NinTrainer.Mirroring.On)
            parts.Add("mirrored left to right in every second epoch");
        if (options.HorizontalFlip == NinTrainer.Mirroring.Auto)
            parts.Add("not mirrored until it is known whether mirroring does harm");
        if (options.MaxShiftPixels > 0)
            parts.Add(Invariant($"shifted by up to {options.MaxShiftPixels} pixel(s)"));
        if (options.MaxRotationDegrees > 0)
            parts.Add(Invariant($"turned by up to {options.MaxRotationDegrees} degree(s)"));
        if (options.MaxScaling > 0)
            parts.Add(Invariant($"made smaller or larger by up to {options.MaxScaling:P0}"));
        if (gammaChange > 0)
            parts.Add(Invariant($"given a gamma between 1/{1 + gammaChange} and {1 + gammaChange}"));
        if (options.RandomErasingProbability > 0)
            parts.Add(Invariant($"partly erased with probability {options.RandomErasingProbability}"));
        if (options.CutMixProbability > 0)
            parts.Add(Invariant($"mixed with one another (CutMix) with probability {options.CutMixProbability}"));
        return $"Training images are {(parts.Count == 0 ? "learnt as they are" : string.Join(", ", parts))}.";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
