using System.Globalization;
using Microsoft.ML;
using Nin.MLNet.Hosting;
using Nin.MLNet.Training;

namespace Nin.MLNet.Fitting;

/// <summary>Rejects options that need validation images if there are none.</summary>
internal static class HeldOutCheck
{
    public static void BeforeReading(NinTrainer.Options options, IDataView? validationData)
    {
        if (validationData is null && options.ValidationSet is null && !(options.ValidationSetFraction > 0))
            CheckWithoutAny(options);
    }

    /// <summary>A share of few rows may round to no image at all.</summary>
    public static void AfterReading(NinTrainer.Options options, IImageSource? validation)
    {
        if (validation is null && options.ValidationSet is null)
            CheckWithoutAny(options);
    }

    private static void CheckWithoutAny(NinTrainer.Options options)
    {
        if (options.EarlyStoppingPatience is { } patience)
            throw NothingHeldOut(options, nameof(options.EarlyStoppingPatience), patience);
        if (options.CalibrateTemperature)
            throw NothingHeldOut(options, nameof(options.CalibrateTemperature), "true");
    }

    private static Exception NothingHeldOut(NinTrainer.Options options, string name, object value) => Refusal.Option(
        name,
        string.Create(
            CultureInfo.InvariantCulture,
            $"Options.{name} is {value}, but there is nothing to validate on: give a validation set, or set " +
            $"Options.ValidationSetFraction (it is {options.ValidationSetFraction}) high enough for at least one image of some class."));
}
