using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Training;

/// <summary>
/// The chain that is saved, from a column Image to the class name. Any ML.NET program can load it, because it contains only ML.NET's own
/// parts and the network.
/// </summary>
internal static class SavedChain
{
    /// <param name="context">Makes the chain.</param>
    /// <param name="data">The training data.</param>
    /// <param name="preprocessing">Created by <see cref="Preprocessing"/>.</param>
    /// <param name="trained">The network.</param>
    public static TransformerChain<ITransformer> Of(
        MLContext context, DataSet data, TransformerChain<ITransformer> preprocessing, NinTransformer trained)
    {
        var names = context.Transforms.Conversion
            .MapKeyToValue("PredictedLabel")
            .Fit(trained.Transform(preprocessing.Transform(data.Test)));
        // Without the last step, because there is no label when predicting.
        ITransformer[] steps = [.. preprocessing.SkipLast(1), trained, names];
        // Trained on grey images, but whoever uses it may have coloured ones. The steps for files have this one already.
        return new TransformerChain<ITransformer>(data.IsFiles ? steps : [Preprocessing.Grey(context).Fit(data.Train), .. steps]);
    }
}
