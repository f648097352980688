using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Output;

namespace Nin.Pipeline.Demo.Training;

/// <summary>
/// What a training leaves: the <see cref="SavedChain"/>, and a report. A model trained on files is saved twice: one zip takes a path, the
/// other an image.
/// </summary>
/// <param name="Model">The zip that takes a column Path if trained on files, else Image.</param>
/// <param name="ForImages">The zip that takes a column Image of any size; the same zip if there is only one.</param>
/// <param name="Report">The page about the training.</param>
internal sealed record ModelFiles(string Model, string ForImages, string Report)
{
    /// <summary>Whether the usual names were taken, and these files have others.</summary>
    public bool AreBesideEarlierOnes { get; private init; }

    private bool AreThere => File.Exists(Model) || File.Exists(ForImages) || File.Exists(Report);

    /// <summary>
    /// Names the files in a folder. What an interrupted training leaves replaces nothing that is there already: it gets the next free
    /// names.
    /// </summary>
    public static ModelFiles In(string folder, DataSet data, bool isInterrupted)
    {
        var usual = Named("");
        return isInterrupted && usual.AreThere
            ? Suffixes().Select(Named).First(files => !files.AreThere) with { AreBesideEarlierOnes = true }
            : usual;

        ModelFiles Named(string suffix)
        {
            var model = PathOf($"{(data.IsFashion ? "nin-fashion-mnist" : "nin")}{suffix}.zip");
            return new ModelFiles(model, data.IsFiles ? PathOf($"nin-image{suffix}.zip") : model, PathOf($"report{suffix}.html"));
        }

        string PathOf(string name) => Path.GetFullPath(Path.Combine(folder, name));

        static IEnumerable<string> Suffixes() =>
            Enumerable.Range(1, int.MaxValue - 1)
                .Select(number => number == 1 ? "-interrupted" : string.Create(CultureInfo.InvariantCulture, $"-interrupted-{number}"));
    }

    /// <summary>Writes the zips.</summary>
    /// <param name="context">Makes the chain.</param>
    /// <param name="data">The training data.</param>
    /// <param name="preprocessing">Created by <see cref="Preprocessing"/>.</param>
    /// <param name="trained">The network.</param>
    public void SaveModel(MLContext context, DataSet data, TransformerChain<ITransformer> preprocessing, NinTransformer trained)
    {
        var chain = SavedChain.Of(context, data, preprocessing, trained);
        Write(ForImages, chain, data.Train.Schema);
        if (!data.IsFiles)
            return;
        var paths = context.Data.LoadFromEnumerable(Array.Empty<PathRow>());
        // Paths are used as given: absolute, or relative to the program's working folder.
        var load = context.Transforms.LoadImages("Image", "", nameof(PathRow.Path)).Fit(paths);
        Write(Model, new TransformerChain<ITransformer>([load, .. chain]), paths.Schema);

        void Write(string path, TransformerChain<ITransformer> steps, DataViewSchema input) =>
            WholeFile.Write(path, stream => context.Model.Save(steps, input, stream));
    }

    private sealed class PathRow
    {
        public string Path { get; set; } = "";
    }
}
