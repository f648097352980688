using Microsoft.ML;
using Nin.MLNet.Data;
using Nin.MLNet.Hosting;
using Nin.MLNet.Network;

namespace Nin.MLNet.Scoring;

/// <summary>What mapper and cursor share: the model, its columns, and the features column of one input schema.</summary>
internal sealed class BoundModel
{
    /// <summary>Memory that the pixels of the rows read ahead may take, and as much for the columns kept for them: 64 MB.</summary>
    public const long MostBytes = 64 << 20;

    private const int MostValues = (int)(MostBytes / sizeof(float));
    private readonly ScoringChoices choices;
    private readonly AddedColumns columns;

    public BoundModel(
        NinModelParameters model, ScoringChoices choices, AddedColumns columns, DataViewSchema input, string featureColumnName)
    {
        Model = model;
        (this.choices, this.columns) = (choices, columns);
        Input = input;
        Features = input.GetColumnOrNull(featureColumnName) ?? throw Refusal.Schema(
            $"The features column '{featureColumnName}' was not found; the data has " +
            $"{string.Join(", ", input.Where(c => !c.IsHidden).Select(c => $"'{c.Name}'"))}. Give it the columns the model was trained " +
            "on.");
        var layout = model.ImageLayout;
        if (!ImageLayouts.Accepts(layout, Features.Type))
            throw Refusal.Schema(
                $"Schema mismatch for features column '{featureColumnName}': expected {ImageLayouts.TypeOf(layout)}, got " +
                $"{Features.Type}. The model was trained on images of {layout.Shape} (channels x height x width)" +
                $"{(layout.IsImage ? "" : layout.ChannelsLast ? ", channels last" : ", channels first")}: give it a column of the same " +
                "type, made as for the training.");
        Output = columns.AppendTo(input);
    }

    public NinModelParameters Model { get; }

    public DataViewSchema Input { get; }

    public DataViewSchema Output { get; }

    public DataViewSchema.Column Features { get; }

    /// <summary>Number of values computed per row.</summary>
    public int ValuesPerRow => columns.ValuesPerRow;

    /// <summary>Rows that are scored together: as many as requested, limited by the memory for their activations.</summary>
    public int BatchSize
    {
        get
        {
            var (raw, side) = (Model.ImageShape, Model.ResizeTo);
            var read = new NinImageShape(raw.Channels, side ?? raw.Height, side ?? raw.Width);
            // The raw pixels of all rows are in one array, and the values computed from them in another.
            var most = Math.Min(
                InferenceNetwork.ImagesPerBatch(Model.Architecture, read, choices.Threads),
                Math.Max(1, MostValues / Math.Max(raw.Size, ValuesPerRow)));
            return Math.Min(most, choices.BatchSize);
        }
    }

    public static InvalidOperationException NoRow() =>
        new("The cursor stands on no row: call MoveNext first, and do not read after the end.");

    /// <summary>A column's index in the output.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column belongs to another schema.</exception>
    public int IndexOf(DataViewSchema.Column column) => column.Index < Output.Count && Output[column.Index].Name == column.Name
        ? column.Index
        : throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' is of another schema.");

    /// <summary>Input columns needed for the given output columns.</summary>
    public IEnumerable<DataViewSchema.Column> Dependencies(IEnumerable<DataViewSchema.Column> outputs)
    {
        var wanted = outputs.ToList();
        var passed = wanted.Where(column => column.Index < Input.Count).Select(column => Input[column.Index]);
        return (wanted.Any(column => column.Index >= Input.Count) ? passed.Append(Features) : passed).DistinctBy(column => column.Index);
    }

    /// <summary>The getter of an output column.</summary>
    /// <param name="column">The column.</param>
    /// <param name="isActive">Whether the column was requested.</param>
    /// <param name="values">The values computed for the present row: [<see cref="ValuesPerRow"/>].</param>
    /// <param name="passed">Gives the getter of an input column; null if the column has another type.</param>
    /// <exception cref="ArgumentOutOfRangeException">The column was not requested.</exception>
    /// <exception cref="InvalidOperationException">The column has another type.</exception>
    public ValueGetter<TValue> Getter<TValue>(
        DataViewSchema.Column column, bool isActive, Func<ReadOnlySpan<float>> values,
        Func<DataViewSchema.Column, ValueGetter<TValue>?> passed)
    {
        if (!isActive)
            throw new ArgumentOutOfRangeException(
                nameof(column),
                $"Column '{column.Name}' is not active: name it when the cursor or row is made.");
        var getter = column.Index < Input.Count
            ? passed(Input[column.Index])
            : columns.Getter(column.Index - Input.Count, values) as ValueGetter<TValue>;
        return getter ?? throw new InvalidOperationException($"Column '{column.Name}' is of type {column.Type}, not {typeof(TValue)}.");
    }

    /// <summary>One forward pass for all rows. A row with a pixel that is not finite gets NaN for its values.</summary>
    public void Run(float[] pixels, int count, float[] values)
    {
        var size = Model.ImageShape.Size;
        List<int>? broken = null;
        for (var i = 0; i < count; i++)
        {
            var image = pixels.AsSpan(i * size, size);
            if (AllFinite(image))
                continue;
            (broken ??= []).Add(i);
            image.Clear();
        }

        Model.Score(network => columns.Compute(network, pixels.AsSpan(0, count * size), count, values, choices.Threads));
        foreach (var row in broken ?? [])
            values.AsSpan(row * ValuesPerRow, ValuesPerRow).Fill(float.NaN);
    }

    private static bool AllFinite(ReadOnlySpan<float> values)
    {
        // A sum is finite unless a part is not; only then do the parts need checking.
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
