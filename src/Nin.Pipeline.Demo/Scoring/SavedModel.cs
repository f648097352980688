using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>A model zip, prepared for images of any size, whatever input its chain starts from: a path, an image or its pixels.</summary>
internal sealed class SavedModel : IDisposable
{
    private readonly MLContext context;
    private readonly TransformerChain<ITransformer> forImages;

    private SavedModel(MLContext context, NinTransformer nin, TransformerChain<ITransformer> forImages) =>
        (this.context, Nin, this.forImages) = (context, nin, forImages);

    /// <summary>The network in the chain.</summary>
    public NinTransformer Nin { get; }

    /// <summary>Names of the classes in the order of <c>Score</c>.</summary>
    public IReadOnlyList<string> ClassNames => Nin.Model.ClassNames;

    /// <summary>Reads a model of the demo, or any ML.NET chain with a Network in Network that takes a column Image.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is not such a model; the message says what it is.</exception>
    public static SavedModel Load(MLContext context, string path)
    {
        var steps = Flatten(LoadModel(context, path)).ToList();
        var nin = steps.OfType<NinTransformer>().LastOrDefault()
            ?? throw new InvalidDataException($"{Path.GetFullPath(path)}: there is no Network in Network in this ML.NET model.");
        // Images are decoded here, not by the chain, so that photos are upright and a damaged file affects only itself.
        steps.RemoveAll(step => step is ImageLoadingTransformer);
        if (!steps.OfType<ImageResizingTransformer>().Any())
        {
            var shape = nin.Model.ImageLayout.Shape;
            steps.Insert(0, context.Transforms
                .ResizeImages("Image", shape.Width, shape.Height, "Image", ImageResizingEstimator.ResizingKind.IsoCrop)
                .Fit(Nothing(context)));
        }

        var forImages = new TransformerChain<ITransformer>([.. steps]);
        try
        {
            _ = forImages.GetOutputSchema(Nothing(context).Schema);
        }
        catch (ArgumentException e)
        {
            nin.Dispose();
            throw new InvalidDataException($"{Path.GetFullPath(path)}: this model takes no column Image: {e.Message}", e);
        }

        return new SavedModel(context, nin, forImages);
    }

    /// <summary>The network and the steps after it: from features to the name of the class.</summary>
    public ITransformer FromFeatures => new TransformerChain<ITransformer>([.. forImages.SkipWhile(step => step != Nin)]);

    /// <summary>The rows with their scores, in batches.</summary>
    /// <param name="images">Rows with a column Image, and a column Label if they are to be evaluated.</param>
    public IDataView Score(IDataView images) => forImages.Transform(images);

    /// <summary>The same, for rows of type <see cref="ImageRow"/> that come from files.</summary>
    public IDataView Score(IEnumerable<ImageRow> rows) => Score(context.Data.LoadFromEnumerable(rows, ImageRow.SchemaForFiles()));

    /// <summary>Labelled images with their scores, and ML.NET's metrics for them.</summary>
    /// <exception cref="InvalidDataException">The model does not know a label.</exception>
    /// <exception cref="OperationCanceledException">A stop was requested. Reading the scores again can throw it, too.</exception>
    public (IDataView Scored, MulticlassClassificationMetrics Metrics) Evaluate(DataSet data, int topK, CancellationToken cancellation)
    {
        var unknown = Enumerable.Range(0, data.TestImages.Count).Select(data.TestImages.Label).Distinct().Except(ClassNames).ToList();
        if (unknown.Count > 0)
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"{data.Location}: the model does not know {string.Join(", ", unknown.Select(name => $"'{name}'"))}; " +
                $"it knows {string.Join(", ", ClassNames.Select(name => $"'{name}'"))}."));
        var scored = Score(new StoppableView(data.Test, cancellation));
        // Older models convert the label from text to key themselves.
        if (scored.Schema["Label"].Type is TextDataViewType)
            scored = Training.Preprocessing.Labels(context, ClassNames).Fit(scored).Transform(scored);
        try
        {
            return (scored, context.MulticlassClassification.Evaluate(scored, topKPredictionCount: Math.Min(topK, ClassNames.Count)));
        }
        catch (Exception e) when (StoppableView.IsStop(e))
        {
            throw new OperationCanceledException("Stopped while evaluating.", e, cancellation);
        }
    }

    public void Dispose() => Nin.Dispose();

    private static IDataView Nothing(MLContext context) =>
        context.Data.LoadFromEnumerable(Array.Empty<ImageRow>(), ImageRow.SchemaForFiles());

    // A chain that was appended as a whole counts as one step.
    private static IEnumerable<ITransformer> Flatten(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Flatten) : [model];

    private static ITransformer LoadModel(MLContext context, string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"{Path.GetFullPath(path)}: there is no such file; expected a model zip.");
        try
        {
            return context.Model.Load(path, out _);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or InvalidDataException or ArgumentException)
        {
            throw new InvalidDataException($"{Path.GetFullPath(path)}: this is not a complete ML.NET model: {e.Message}", e);
        }
    }
}
