using Microsoft.ML.Data;
using Nin.MLNet;
using Nin.MLNet.Scoring;

namespace Microsoft.ML;

/// <summary>Puts the Network in Network trainer beside ML.NET's own: <c>mlContext.MulticlassClassification.Trainers.Nin(...)</c>.</summary>
public static class NinCatalog
{
    /// <summary>
    /// Trains a Network in Network from scratch, with the default options, safe for any images; for images that mean the same in a mirror,
    /// <c>NinTrainer.Options.Fast()</c> is more accurate.
    /// </summary>
    /// <param name="catalog">The trainers of multiclass classification.</param>
    /// <param name="labelColumnName">Column of the label, of key type; <c>MapValueToKey</c> makes one.</param>
    /// <param name="featureColumnName">Column of the images, <c>Vector&lt;Single&gt;</c> of dimensions (C, H, W) or (H, W, C), as
    /// <c>ExtractPixels</c> gives, or flat and square.</param>
    /// <param name="exampleWeightColumnName">Column of example weights, <c>Single</c>; null: every example weighs 1.</param>
    /// <param name="numberOfEpochs">Passes over the training images, at least 1; null: more of them the fewer images there are.</param>
    /// <param name="validationSet">Images to validate on after each epoch; null: one in twenty of the training images is set aside.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value out of its range; the message names it.</exception>
    public static NinTrainer Nin(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        int? numberOfEpochs = null,
        IDataView? validationSet = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var options = new NinTrainer.Options();
        options.LabelColumnName = labelColumnName;
        options.FeatureColumnName = featureColumnName;
        options.ExampleWeightColumnName = exampleWeightColumnName;
        options.NumberOfEpochs = numberOfEpochs;
        options.ValidationSet = validationSet;
        return new NinTrainer(catalog.GetEnvironment(), options);
    }

    /// <summary>Trains a Network in Network with every knob in reach.</summary>
    /// <param name="catalog">The trainers of multiclass classification.</param>
    /// <param name="options">The knobs, or a ready recipe: <c>NinTrainer.Options.D2L()</c>, <c>Fast()</c>, <c>Best()</c>. Copied.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value out of its range; the message names it.</exception>
    public static NinTrainer Nin(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, NinTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new NinTrainer(catalog.GetEnvironment(), options);
    }

    /// <summary>
    /// How far the scores of a multiclass model are to be believed: whether of the rows scored 0.8 about 80 % are right. For any trainer's
    /// scores that are probabilities.
    /// </summary>
    /// <param name="catalog">Multiclass classification.</param>
    /// <param name="data">Scored rows, as for <c>Evaluate</c>. Rows without a label, or with scores that are no numbers, count
    /// nowhere.</param>
    /// <param name="labelColumnName">Column of the label, of key type; default "Label".</param>
    /// <param name="scoreColumnName">Column of the probabilities, <c>Vector&lt;Single&gt;</c>, in the label's key order; default
    /// "Score".</param>
    /// <param name="numberOfBins">Bins of equal width, 1 to 1,000; default 15.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type, or the number of bins is out of its
    /// range.</exception>
    public static NinCalibrationMetrics EvaluateCalibration(
        this MulticlassClassificationCatalog catalog, IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score",
        int numberOfBins = 15)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfBins, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(numberOfBins, 1_000);
        return CalibrationCheck.Run(data, labelColumnName, scoreColumnName, numberOfBins);
    }
}
