using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Nin.Pipeline.Demo.Training;

/// <summary>What stands before the trainer: Image to Features of dimensions (1, H, W), Label from text to key.</summary>
internal static class Preprocessing
{
    public static IEstimator<TransformerChain<ITransformer>> Create(MLContext context, IReadOnlyList<string> classNames)
    {
        // The names are given instead of looked for: no pass over the images, and the keys are in the data set's own order.
        var names = context.Data.LoadFromEnumerable(classNames.Select(name => new ClassName { Label = name }));
        // The images are grey, red = green = blue: one channel is the whole image, and ConvertToGrayscale would only round it.
        return new EstimatorChain<ITransformer>()
            .Append<ITransformer>(context.Transforms.ExtractPixels("Features", "Image", ImagePixelExtractingEstimator.ColorBits.Red))
            .Append<ITransformer>(context.Transforms.Conversion.MapValueToKey("Label", keyData: names));
    }

    private sealed class ClassName
    {
        public string Label { get; set; } = "";
    }
}
