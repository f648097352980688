using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Scoring;

/// <summary>The one place that says which columns scoring adds: what ML.NET's own multiclass scorer emits.</summary>
internal static class OutputColumns
{
    public const string PredictedLabel = DefaultColumnNames.PredictedLabel, Score = DefaultColumnNames.Score;

    /// <summary>The input's columns, then PredictedLabel and Score.</summary>
    public static DataViewSchema Append(DataViewSchema input, LabelClasses classes)
    {
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

    /// <summary>The getter of an output column.</summary>
    /// <param name="model">Knows which columns are its own.</param>
    /// <param name="column">The column.</param>
    /// <param name="isActive">Whether it was asked for.</param>
    /// <param name="scores">The present row's scores: [K].</param>
    /// <param name="passed">Gives the getter of an input column; null where its type is another.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column was not asked for.</exception>
    /// <exception cref="InvalidOperationException">The column is of another type.</exception>
    public static ValueGetter<TValue> Getter<TValue>(
        BoundModel model, DataViewSchema.Column column, bool isActive,
        Func<ReadOnlySpan<float>> scores, Func<DataViewSchema.Column, ValueGetter<TValue>?> passed)
    {
        if (!isActive)
            throw new ArgumentOutOfRangeException(
                nameof(column),
                $"Column '{column.Name}' is not active: name it when the cursor or row is made.");
        var getter = column.Index < model.Input.Count ? passed(model.Input[column.Index])
            : column.Index == model.Score.Index
                ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Copy(scores(), ref value)) as ValueGetter<TValue>
            : (ValueGetter<uint>)((ref uint value) => value = Predict(scores())) as ValueGetter<TValue>;
        return getter ?? throw new InvalidOperationException($"Column '{column.Name}' is of type {column.Type}, not {typeof(TValue)}.");
    }

    /// <summary>Key of the likeliest class; 0 (missing) where the scores are no numbers.</summary>
    private static uint Predict(ReadOnlySpan<float> scores)
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

    private static void Copy(ReadOnlySpan<float> scores, ref VBuffer<float> value)
    {
        var editor = VBufferEditor.Create(ref value, scores.Length);
        scores.CopyTo(editor.Values);
        value = editor.Commit();
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
