using BenchmarkDotNet.Attributes;
using Microsoft.ML;
using Nin.MLNet.Data;
using Nin.MLNet.Native;

namespace Nin.MLNet.Benchmarks;

/// <summary>The small pieces around the arithmetic, on 28x28 images. Runs in this process, because it loads the native libraries.</summary>
[InProcess]
[MemoryDiagnoser]
public class Pieces : IDisposable
{
    private const int Rows = 4096;
    private readonly MLContext context = new(1);
    private ExampleSet examples = null!;
    private ExampleReader reader = null!;
    private PredictionEngine<Workload.Row, Workload.Scored> engine = null!;
    private Workload.Row row = null!;
    private IDataView data = null!;
    private ExampleColumns columns = null!;
    private int[] all = null!;
    private NinTransformer model = null!;

    [GlobalSetup]
    public void Setup()
    {
        NativeTorch.EnsureLoaded();
        var workload = Workload.Small;
        data = workload.Lazily(context, Rows);
        columns = new ExampleColumns(
            "Features", "Label", null, NinImageLayout.Flat(new NinImageShape(1, workload.Side, workload.Side)), 10);
        examples = ExampleSet.Read(data, columns, null, null, () => { });
        reader = new ExampleReader(data, columns, () => { }, Shard.Whole);
        all = [.. Enumerable.Range(0, Rows)];
        var options = workload.Options(NinTrainer.Precision.Auto);
        options.NumberOfEpochs = 1;
        model = context.MulticlassClassification.Trainers.Nin(options).Fit(context.Data.TakeRows(data, 16));
        engine = context.Model.CreatePredictionEngine<Workload.Row, Workload.Scored>(model, inputSchemaDefinition: workload.Schema());
        row = new Workload.Row { Features = workload.Image(new Random(1)) };
    }

    [GlobalCleanup]
    public void Dispose()
    {
        engine.Dispose();
        reader.Dispose();
        examples.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>One row from a cursor: image, key, checks.</summary>
    [Benchmark]
    public int ReadRow()
    {
        if (!reader.MoveNext())
        {
            reader.Dispose();
            reader = new ExampleReader(data, columns, () => { }, Shard.Whole);
            reader.MoveNext();
        }

        return reader.Class;
    }

    /// <summary>A batch of 128 without augmentation.</summary>
    [Benchmark]
    public long FillBatch() => Fill(new Augmentation(columns.Shape, flip: false, shift: 0, new Borders(true), erasing: 0));

    /// <summary>A batch of 128, mirrored, shifted and erased.</summary>
    [Benchmark]
    public long FillAugmentedBatch() => Fill(new Augmentation(columns.Shape, flip: true, shift: 2, new Borders(true), erasing: 0.5));

    /// <summary>A batch of 128, turned and scaled.</summary>
    [Benchmark]
    public long FillWarpedBatch()
    {
        var borders = new Borders(true);
        return Fill(new Augmentation(columns.Shape, flip: false, shift: 0, borders, erasing: 0, new Warp(columns.Shape, 10, 0.1, borders)));
    }

    /// <summary>A batch of 128 with other tones.</summary>
    [Benchmark]
    public long FillTonedBatch() =>
        Fill(new Augmentation(columns.Shape, flip: false, shift: 0, new Borders(true), erasing: 0, warp: null, new ToneCurve(2)));

    /// <summary>One prediction, one forward pass.</summary>
    [Benchmark]
    public float Predict() => engine.Predict(row).Score[0];

    private long Fill(Augmentation augmentation)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var source = examples.Source(all, augmentation);
        return source.Batches(128, seed: 1).First().Pixels.numel();
    }
}
