using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Benchmarks;

/// <summary>The two networks that are measured, with random images, since an image's content does not change its cost.</summary>
internal sealed record Workload(string Name, NinArchitecture Architecture, int Side, int BatchSize, int Batches)
{
    public static Workload Large { get; } = new("D2L, 1x224x224", NinArchitecture.D2L(), 224, 128, 2);

    public static Workload Small { get; } = new("Small, 1x28x28", NinArchitecture.Small(), 28, 128, 60);

    public int Images => BatchSize * Batches;

    /// <summary>Billions of floating-point operations to score an image; a multiply-add counts as two.</summary>
    public double ScoringGigaflop => 2e-9 * Architecture.Summarize(Side, Side).MultiplyAdds;

    /// <summary>
    /// The same for training. The gradients of inputs and of weights each cost as much as the forward pass; the images need none.
    /// </summary>
    public double TrainingGigaflop
    {
        get
        {
            var first = Architecture.Layers[0];
            var side = first.OutputSide(Side);
            return (3 * ScoringGigaflop) - (2e-9 * first.MultiplyAdds(side, side));
        }
    }

    public static Workload Of(string name) => name == "large" ? Large : Small;

    /// <summary>Rows of bytes as floats with a key label, held in memory by ML.NET.</summary>
    public IDataView Data(MLContext context)
    {
        var random = new Random(1);
        Row[] rows = [.. Enumerable.Range(0, Images).Select(i => new Row { Label = (uint)(i % 10), Features = Image(random) })];
        return context.Data.LoadFromEnumerable(rows, Schema());
    }

    /// <summary>Rows created as they are read, all with the same image, so that the data itself takes no memory.</summary>
    public IDataView Lazily(MLContext context, int rows)
    {
        var image = Image(new Random(1));
        var made = Enumerable.Range(0, rows).Select(i => new Row { Label = (uint)(i % 10), Features = image });
        return context.Data.LoadFromEnumerable(made, Schema());
    }

    /// <summary>The shape of a row's pixels: [1, Side, Side].</summary>
    public SchemaDefinition Schema()
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, Side, Side);
        return schema;
    }

    public float[] Image(Random random)
    {
        var bytes = new byte[Side * Side];
        random.NextBytes(bytes);
        return [.. bytes.Select(value => (float)value)];
    }

    /// <param name="precision">Number format of the arithmetic.</param>
    /// <param name="threads">Threads of the training; null: the trainer chooses.</param>
    public NinTrainer.Options Options(NinTrainer.Precision precision, int? threads = null) => new()
    {
        Architecture = (_, _) => Architecture,
        BatchSize = BatchSize,
        NumberOfEpochs = 3,
        LearningRate = 0.01,
        ValidationSetFraction = 0,
        HorizontalFlip = NinTrainer.Mirroring.Off,
        MaxShiftPixels = 0,
        Precision = precision,
        Threads = threads,
        Seed = 1,
    };

    internal sealed class Row
    {
        [KeyType(10)]
        public uint Label { get; set; }

        public float[] Features { get; set; } = [];
    }

    internal sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
