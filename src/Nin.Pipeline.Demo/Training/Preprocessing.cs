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

    /// <summary>Converts Image to grey; does not change a grey image.</summary>
    public static IEstimator<ITransformer> Grey(MLContext context) => context.Transforms.ConvertToGrayscale("Image");

    private static EstimatorChain<ITransformer> Pixels(MLContext context, DataSet data)
    {
        var chain = new EstimatorChain<ITransformer>();
        // Crop to the centre: stretching would change the image, and Fill only picks every n-th pixel.
        if (data.IsFiles)
            chain = chain.Append<ITransformer>(context.Transforms.ResizeImages(
                "Image", data.Size.Width, data.Size.Height, "Image", ImageResizingEstimator.ResizingKind.IsoCrop));
        // A coloured image, here or in a prediction, is read by its brightness. IDX images are grey, which this would leave as it is.
        if (data is { IsFiles: true, Channels: 1 })
            chain = chain.Append<ITransformer>(Grey(context));
        var colours = data.Channels == 1 ? ImagePixelExtractingEstimator.ColorBits.Red : ImagePixelExtractingEstimator.ColorBits.Rgb;
        return chain.Append<ITransformer>(context.Transforms.ExtractPixels("Features", "Image", colours));
    }

    private sealed class ClassName
    {
        public string Label { get; set; } = "";
    }
}
