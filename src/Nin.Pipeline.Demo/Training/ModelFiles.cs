using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Output;

namespace Nin.Pipeline.Demo.Training;

/// <summary>
/// The whole chain from image to class name, saved so that any ML.NET program can load it: it contains only ML.NET's own parts and the
/// network. A model trained on files is saved twice: one zip takes a path, the other an image.
/// </summary>
/// <param name="Model">The zip that takes a column Path if trained on files, else Image.</param>
/// <param name="ForImages">The zip that takes a column Image of any size; the same zip if there is only one.</param>
internal sealed record ModelFiles(string Model, string ForImages)
{
    /// <summary>Writes the zips.</summary>
    /// <param name="context">Makes the chain.</param>
    /// <param name="folder">Folder to write to.</param>
    /// <param name="data">The training data.</param>
    /// <param name="preprocessing">Created by <see cref="Preprocessing"/>.</param>
    /// <param name="trained">The network.</param>
    public static ModelFiles Save(
        MLContext context, string folder, DataSet data, TransformerChain<ITransformer> preprocessing, NinTransformer trained)
    {
        var names = context.Transforms.Conversion
            .MapKeyToValue("PredictedLabel")
            .Fit(trained.Transform(preprocessing.Transform(data.Test)));
        // Without the last step, because there is no label when predicting.
        ITransformer[] steps = [.. preprocessing.SkipLast(1), trained, names];
        if (!data.IsFiles)
        {
            // Trained on grey images, but whoever uses it may have coloured ones.
            var model = Write(
                data.IsFashion ? "nin-fashion-mnist.zip" : "nin.zip",
                [Preprocessing.Grey(context).Fit(data.Train), .. steps], data.Train.Schema);
            return new ModelFiles(model, model);
        }

        var paths = context.Data.LoadFromEnumerable(Array.Empty<PathRow>());
        // Paths are used as given: absolute, or relative to the program's working folder.
        var load = context.Transforms.LoadImages("Image", "", nameof(PathRow.Path)).Fit(paths);
        return new ModelFiles(Write("nin.zip", [load, .. steps], paths.Schema), Write("nin-image.zip", steps, data.Train.Schema));

        string Write(string name, ITransformer[] chain, DataViewSchema input)
        {
            var path = Path.GetFullPath(Path.Combine(folder, name));
            WholeFile.Write(path, stream => context.Model.Save(new TransformerChain<ITransformer>(chain), input, stream));
            return path;
        }
    }

    private sealed class PathRow
    {
        public string Path { get; set; } = "";
    }
}
