using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Training;

/// <summary>
/// The steps before the trainer, built from ML.NET's own parts so that a saved chain loads anywhere. First Image to Features of dimensions
/// (C, H, W). Last, because a saved model omits it, Label from text to key.
/// </summary>
internal static class Preprocessing
{
    public static IEstimator<TransformerChain<ITransformer>> Create(MLContext context, DataSet data) =>
        Pixels(context, data).Append<ITransformer>(Labels(context, data.ClassNames));

    /// <summary>Converts Label from text to key, in the order of the given names, which saves a pass over the images.</summary>
    public static IEstimator<ITransformer> Labels(MLContext context, IReadOnlyList<string> classNames) =>
        context.Transforms.Conversion.MapValueToKey(
            "Label", keyData: context.Data.LoadFromEnumerable(classNames.Select(name => new ClassName { Label = name })));

    private static EstimatorChain<ITransformer> Pixels(MLContext context, DataSet data)
    {
        var chain = new EstimatorChain<ITransformer>();
        // Crop to the centre: stretching would change the image, and Fill only picks every n-th pixel.
        if (data.IsFiles)
            chain = chain.Append<ITransformer>(context.Transforms.ResizeImages(
                "Image", data.Size.Width, data.Size.Height, "Image", ImageResizingEstimator.ResizingKind.IsoCrop));
        // In grey images red = green = blue: one channel holds the whole image, and ConvertToGrayscale would only round it.
        var colours = data.Channels == 1 ? ImagePixelExtractingEstimator.ColorBits.Red : ImagePixelExtractingEstimator.ColorBits.Rgb;
        return chain.Append<ITransformer>(context.Transforms.ExtractPixels("Features", "Image", colours));
    }

    private sealed class ClassName
    {
        public string Label { get; set; } = "";
    }
}
