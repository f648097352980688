using Microsoft.ML.Data;
using Nin.MLNet;

namespace Microsoft.ML;

/// <summary>Adds explanations of a Network in Network to the catalog of transforms, beside <c>CalculateFeatureContribution</c>.</summary>
public static class NinExplainabilityCatalog
{
    /// <summary>
    /// Shows where in its image a network found each class: class activation maps (Lin, Chen, Yan 2013, section 4.6; Zhou et al. 2016).
    /// The last block gives one map per class, and the mean of a map is the class's logit, so a map is the evidence itself, pixel by
    /// pixel.
    /// </summary>
    /// <param name="catalog">The transforms.</param>
    /// <param name="predictionTransformer">The trained network; in a pipeline, the step of this type. It is used, not copied: dispose it
    /// only once the maps are no longer needed.</param>
    /// <param name="outputColumnName">Column of the maps, <c>Vector&lt;Single&gt;</c> of dimensions (K, h, w), or (h, w) with
    /// <paramref name="predictedClassOnly"/>; default "ClassActivationMaps".</param>
    /// <param name="predictedClassOnly">Whether to give only the map of the class in <c>PredictedLabel</c>; default false: the maps of all
    /// K classes, in the order of <c>Score</c>.</param>
    /// <param name="resizeToImage">Whether to resize the maps (bilinear) to the height and width of the images in the features column;
    /// default false: as the last block gives them. The mean of a resized map is only approximately the logit.</param>
    /// <exception cref="ArgumentException">The column name is empty.</exception>
    public static NinClassActivationMapsEstimator CalculateClassActivationMaps(
        this TransformsCatalog catalog,
        NinTransformer predictionTransformer,
        string outputColumnName = "ClassActivationMaps",
        bool predictedClassOnly = false,
        bool resizeToImage = false)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(predictionTransformer);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        return new NinClassActivationMapsEstimator(
            new NinClassActivationMapsTransformer(
                catalog.GetEnvironment(), predictionTransformer, ownsModel: false, outputColumnName, predictedClassOnly, resizeToImage));
    }
}
