using Microsoft.ML.Data;
using Nin.MLNet;

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
    /// <param name="numberOfEpochs">Passes over the training images, at least 1.</param>
    /// <param name="validationSet">Images to validate on after each epoch; null: one in twenty of the training images is set aside.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value out of its range; the message names it.</exception>
    public static NinTrainer Nin(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string? exampleWeightColumnName = null,
        int numberOfEpochs = NinTrainer.Options.DefaultNumberOfEpochs,
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
}
