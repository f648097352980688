using Microsoft.ML;
using Nin.MLNet.Data;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Scoring;

/// <summary>What mapper and cursor share: the model, its columns, and the features column of one input schema.</summary>
internal sealed class BoundModel
{
    public BoundModel(NinModelParameters model, DataViewSchema input, string featureColumnName)
    {
        Model = model;
        Input = input;
        Features = input.GetColumnOrNull(featureColumnName) ?? throw Refusal.Schema(
            $"The features column '{featureColumnName}' was not found; the data has " +
            $"{string.Join(", ", input.Where(c => !c.IsHidden).Select(c => $"'{c.Name}'"))}. Give it the columns the model was trained " +
            "on.");
        var layout = model.ImageLayout;
        if (!ImageLayouts.Accepts(layout, Features.Type))
            throw Refusal.Schema(
                $"Schema mismatch for features column '{featureColumnName}': expected {ImageLayouts.TypeOf(layout)}, got " +
                $"{Features.Type}. The model was trained on images of {layout.Shape} (channels x height x width), channels " +
                $"{(layout.ChannelsLast ? "last" : "first")}: give it a column of the same type, made as for the training.");
        Output = OutputColumns.Append(input, model.Classes);
        (PredictedLabel, Score) = (Output[input.Count], Output[input.Count + 1]);
    }

    public NinModelParameters Model { get; }

    public DataViewSchema Input { get; }

    public DataViewSchema Output { get; }

    public DataViewSchema.Column Features { get; }

    public DataViewSchema.Column PredictedLabel { get; }

    public DataViewSchema.Column Score { get; }

    public bool IsOwn(DataViewSchema.Column column) => column.Index >= Input.Count;

    /// <summary>Input columns needed for the given output columns.</summary>
    public IEnumerable<DataViewSchema.Column> Dependencies(IEnumerable<DataViewSchema.Column> outputs)
    {
        var wanted = outputs.ToList();
        var passed = wanted.Where(column => column.Index < Input.Count).Select(column => Input[column.Index]);
        return (wanted.Any(IsOwn) ? passed.Append(Features) : passed).DistinctBy(column => column.Index);
    }

    /// <summary>One forward for all rows. A row with a pixel that is no finite number gets no scores (NaN).</summary>
    public void Run(Span<float> pixels, int count, Span<float> scores)
    {
        var size = Model.ImageShape.Size;
        List<int>? broken = null;
        for (var i = 0; i < count; i++)
        {
            var image = pixels.Slice(i * size, size);
            if (AllFinite(image))
                continue;
            (broken ??= []).Add(i);
            image.Clear();
        }

        Model.Scoring.Score(pixels[..(count * size)], Model.ImageShape, count, scores);
        foreach (var row in broken ?? [])
            scores.Slice(row * Model.Architecture.Classes, Model.Architecture.Classes).Fill(float.NaN);
    }

    private static bool AllFinite(ReadOnlySpan<float> values)
    {
        // A sum is finite unless a part is not; only then is it worth looking closer.
        if (float.IsFinite(System.Numerics.Tensors.TensorPrimitives.Sum(values)))
            return true;
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
                return false;
        }

        return true;
    }
}
