using Microsoft.ML.Data;
using Nin.MLNet;
using Nin.MLNet.Scoring;

namespace Microsoft.ML;

/// <summary>Adds the Network in Network trainer to ML.NET's own: <c>mlContext.MulticlassClassification.Trainers.Nin(...)</c>.</summary>
public static class NinCatalog
{
    /// <summary>
    /// Trains a Network in Network from scratch with the default options, which are safe for any images. For images that mean the same
    /// when mirrored, <c>NinTrainer.Options.Fast()</c> is more accurate.
    /// </summary>
    /// <param name="catalog">The trainers of multiclass classification.</param>
    /// <param name="labelColumnName">Column of the label, of key type; <c>MapValueToKey</c> makes one.</param>
    /// <param name="featureColumnName">Column of the images: <c>Vector&lt;Single&gt;</c> of dimensions (C, H, W), (H, W, C) or (H, W), as
    /// <c>ExtractPixels</c> gives, flat vectors of square images, or <c>MLImage</c>.</param>
    /// <param name="exampleWeightColumnName">Column of example weights, <c>Single</c>; null: every example has weight 1.</param>
    /// <param name="numberOfEpochs">Passes over the training images, at least 1; null: more of them the fewer images there are.</param>
    /// <param name="validationSet">Images to validate on after each epoch; null: one in twenty of the training images is set aside.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message names it.</exception>
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

    /// <summary>Trains a Network in Network with access to every option.</summary>
    /// <param name="catalog">The trainers of multiclass classification.</param>
    /// <param name="options">The options, or a ready-made recipe: <c>NinTrainer.Options.D2L()</c>, <c>Fast()</c>, <c>Best()</c>. The
    /// trainer copies them.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message names it.</exception>
    public static NinTrainer Nin(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, NinTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new NinTrainer(catalog.GetEnvironment(), options);
    }

    /// <summary>
    /// How far the scores of a multiclass model can be trusted: whether, of the rows scored 0.8, about 80 % are right. Works for any
    /// trainer whose scores are probabilities.
    /// </summary>
    /// <param name="catalog">Multiclass classification.</param>
    /// <param name="data">Scored rows, as for <c>Evaluate</c>. Rows without a label, or with scores that are not numbers, are not
    /// counted.</param>
    /// <param name="labelColumnName">Column of the label, of key type; default "Label".</param>
    /// <param name="scoreColumnName">Column of the probabilities, <c>Vector&lt;Single&gt;</c>, in the label's key order; default
    /// "Score".</param>
    /// <param name="numberOfBins">Bins of equal width, 1 to 1,000; default 15.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type, or the number of bins is out of
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
