using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Training;

/// <summary>
/// What stands before the trainer, of ML.NET's own parts so that a saved chain loads anywhere: Image to Features of dimensions (C, H, W),
/// and last, since a saved model does without it, Label from text to key.
/// </summary>
internal static class Preprocessing
{
    public static IEstimator<TransformerChain<ITransformer>> Create(MLContext context, DataSet data) =>
        Pixels(context, data).Append<ITransformer>(Labels(context, data.ClassNames));

    /// <summary>Label from text to key, in the order of the names given: no pass over the images is needed.</summary>
    public static IEstimator<ITransformer> Labels(MLContext context, IReadOnlyList<string> classNames) =>
        context.Transforms.Conversion.MapValueToKey(
            "Label", keyData: context.Data.LoadFromEnumerable(classNames.Select(name => new ClassName { Label = name })));

    private static EstimatorChain<ITransformer> Pixels(MLContext context, DataSet data)
    {
        var chain = new EstimatorChain<ITransformer>();
        // Cut to the middle: a stretched image would be another one, and Fill takes every so manieth pixel only.
        if (data.IsFiles)
            chain = chain.Append<ITransformer>(context.Transforms.ResizeImages(
                "Image", data.Size.Width, data.Size.Height, "Image", ImageResizingEstimator.ResizingKind.IsoCrop));
        // In grey images red = green = blue: one channel is the whole image, and ConvertToGrayscale would only round it.
        var colours = data.Channels == 1 ? ImagePixelExtractingEstimator.ColorBits.Red : ImagePixelExtractingEstimator.ColorBits.Rgb;
        return chain.Append<ITransformer>(context.Transforms.ExtractPixels("Features", "Image", colours));
    }

    private sealed class ClassName
    {
        public string Label { get; set; } = "";
    }
}
