using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Hosting;
using Nin.MLNet.Network;

namespace Nin.MLNet.Scoring;

/// <summary>The one place that defines which column holds class activation maps, and its type.</summary>
/// <param name="model">The model that computes the maps.</param>
/// <param name="name">Name of the column.</param>
/// <param name="ofPredicted">Whether it holds only the predicted class's map.</param>
/// <param name="resized">Whether the maps are resized to the image's size.</param>
/// <param name="withMirrorImages">Whether the predicted class is that of the mean over an image and its mirror image.</param>
internal sealed class MapColumns(NinModelParameters model, string name, bool ofPredicted, bool resized, bool withMirrorImages)
    : AddedColumns
{
    private readonly VectorDataViewType type = TypeOf(model, name, ofPredicted, resized);

    public override int ValuesPerRow => type.Size;

    /// <summary>The input's columns, then the maps: (K, h, w), or (h, w) for the predicted class.</summary>
    public override DataViewSchema AppendTo(DataViewSchema input)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);
        var annotations = new DataViewSchema.Annotations.Builder();
        if (!ofPredicted)
            model.Classes.AddTo(annotations, AnnotationUtils.Kinds.TrainingLabelValues);
        builder.AddColumn(name, type, annotations.ToAnnotations());
        return builder.ToSchema();
    }

    public override void Compute(InferenceNetwork network, ReadOnlySpan<float> pixels, int count, Span<float> values, int? threads) =>
        network.Maps(
            pixels, model.ImageShape, count, ofPredicted,
            ofPredicted && withMirrorImages ? Predicted(network, pixels, count, threads) : null, resized, values, threads);

    public override Delegate Getter(int index, Func<ReadOnlySpan<float>> values) => Vector(values);

    /// <summary>The class in PredictedLabel of each image, from 0.</summary>
    private long[] Predicted(InferenceNetwork network, ReadOnlySpan<float> pixels, int count, int? threads)
    {
        var columns = new OutputColumns(model, withMirrorImages: true);
        var scores = new float[count * columns.ValuesPerRow];
        columns.Compute(network, pixels, count, scores, threads);
        // Scores that are not numbers predict nothing (0); their maps are not numbers either, whichever class's they are.
        return [.. scores.Chunk(columns.ValuesPerRow).Select(row => Math.Max(0L, OutputColumns.Predict(row) - 1L))];
    }

    private static VectorDataViewType TypeOf(NinModelParameters model, string name, bool ofPredicted, bool resized)
    {
        var image = model.ImageShape;
        var (height, width) = resized
            ? (image.Height, image.Width)
            : (model.Architecture.MapSide(model.ResizeTo ?? image.Height), model.Architecture.MapSide(model.ResizeTo ?? image.Width));
        if (!ofPredicted && (Int128)model.Architecture.Classes * height * width > NinImageShape.MostValues)
            throw Refusal.Option("resizeToImage", string.Create(
                CultureInfo.InvariantCulture,
                $"Column '{name}' would have {model.Architecture.Classes:N0} maps of {height}x{width} in each row: expected at most " +
                $"{NinImageShape.MostValues:N0} values. Ask for the predicted class's map (predictedClassOnly), or leave maps at their " +
                $"own size (resizeToImage: false)."));
        return ofPredicted
            ? new VectorDataViewType(NumberDataViewType.Single, height, width)
            : new VectorDataViewType(NumberDataViewType.Single, model.Architecture.Classes, height, width);
    }
}
