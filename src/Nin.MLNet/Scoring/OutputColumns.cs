using System.Buffers;
using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Network;

namespace Nin.MLNet.Scoring;

/// <summary>The one place that defines which columns scoring adds: the same as ML.NET's own multiclass scorer.</summary>
internal sealed class OutputColumns(NinModelParameters model, bool withMirrorImages) : AddedColumns
{
    public const string PredictedLabel = DefaultColumnNames.PredictedLabel, Score = DefaultColumnNames.Score;

    public override int ValuesPerRow => model.Architecture.Classes;

    /// <summary>The input's columns, then PredictedLabel and Score.</summary>
    public override DataViewSchema AppendTo(DataViewSchema input)
    {
        var classes = model.Classes;
        var set = input.GetMaxAnnotationKind(out _, AnnotationUtils.Kinds.ScoreColumnSetId) + 1;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(input);

        var label = Common(AnnotationUtils.Const.ScoreValueKind.PredictedLabel, set);
        classes.AddTo(label, AnnotationUtils.Kinds.KeyValues);
        builder.AddColumn(PredictedLabel, new KeyDataViewType(typeof(uint), classes.Count), label.ToAnnotations());

        var score = Common(AnnotationUtils.Const.ScoreValueKind.Score, set);
        if (classes.AreText)
            classes.AddTo(score, AnnotationUtils.Kinds.SlotNames);
        classes.AddTo(score, AnnotationUtils.Kinds.TrainingLabelValues);
        builder.AddColumn(Score, new VectorDataViewType(NumberDataViewType.Single, classes.Count), score.ToAnnotations());
        return builder.ToSchema();
    }

    /// <summary>The same two columns as an estimator promises them.</summary>
    public static SchemaShape.Column[] Shape(SchemaShape.Column label)
    {
        List<SchemaShape.Column> common = [.. AnnotationUtils.GetTrainerOutputAnnotation()];
        List<SchemaShape.Column> predicted = [.. common], score = [.. common];
        if (label.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var values))
        {
            predicted.Add(values);
            score.Add(new SchemaShape.Column(AnnotationUtils.Kinds.TrainingLabelValues, values.Kind, values.ItemType, values.IsKey));
            if (values.ItemType is TextDataViewType)
                score.Add(new SchemaShape.Column(AnnotationUtils.Kinds.SlotNames, values.Kind, values.ItemType, values.IsKey));
        }

        return
        [
            new SchemaShape.Column(
                PredictedLabel, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true, new SchemaShape(predicted)),
            new SchemaShape.Column(Score, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape(score)),
        ];
    }

    public override void Compute(InferenceNetwork network, ReadOnlySpan<float> pixels, int count, Span<float> values, int? threads)
    {
        network.Score(pixels, model.ImageShape, count, values, threads);
        if (withMirrorImages)
            TakeInMirrorImages(network, pixels, count, values[..(count * ValuesPerRow)], threads);
    }

    public override Delegate Getter(int index, Func<ReadOnlySpan<float>> values) => index == 0
        ? (ValueGetter<uint>)((ref uint value) => value = Predict(values()))
        : Vector(values);

    private void TakeInMirrorImages(
        InferenceNetwork network, ReadOnlySpan<float> pixels, int count, Span<float> scores, int? threads)
    {
        var (mirrored, theirs) = (ArrayPool<float>.Shared.Rent(pixels.Length), ArrayPool<float>.Shared.Rent(scores.Length));
        try
        {
            var images = mirrored.AsSpan(0, pixels.Length);
            pixels.CopyTo(images);
            for (var row = 0; row < images.Length; row += model.ImageShape.Width)
                images.Slice(row, model.ImageShape.Width).Reverse();
            network.Score(images, model.ImageShape, count, theirs, threads);
            TensorPrimitives.Add(scores, theirs.AsSpan(0, scores.Length), scores);
            TensorPrimitives.Multiply(scores, 0.5f, scores);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(mirrored);
            ArrayPool<float>.Shared.Return(theirs);
        }
    }

    /// <summary>Key of the most likely class; 0 (missing) if the scores are not numbers.</summary>
    public static uint Predict(ReadOnlySpan<float> scores)
    {
        var best = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            if (float.IsNaN(scores[i]))
                return 0;
            if (scores[i] > scores[best])
                best = i;
        }

        return (uint)best + 1;
    }

    private static DataViewSchema.Annotations.Builder Common(string valueKind, uint set)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(AnnotationUtils.Kinds.ScoreColumnSetId, AnnotationUtils.ScoreColumnSetIdType, (ref uint value) => value = set);
        AddText(annotations, AnnotationUtils.Kinds.ScoreColumnKind, AnnotationUtils.Const.ScoreColumnKind.MulticlassClassification);
        AddText(annotations, AnnotationUtils.Kinds.ScoreValueKind, valueKind);
        return annotations;
    }

    private static void AddText(DataViewSchema.Annotations.Builder annotations, string kind, string text) =>
        annotations.Add(kind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = text.AsMemory());
}
