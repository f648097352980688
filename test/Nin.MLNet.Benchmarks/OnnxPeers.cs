using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.Transforms.Onnx;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// The scoring peers: ONNX Runtime on a whole batch, and ML.NET's OnnxTransformer, one row at a time. The network is exported by
/// peers/export_onnx.py.
/// </summary>
internal static class OnnxPeers
{
    public static Measured Runtime(Workload workload, string model, int threads)
    {
        using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
        using var session = new InferenceSession(model, options);
        var images = new DenseTensor<float>([workload.BatchSize, 1, workload.Side, workload.Side]);
        var input = session.InputNames.Single();
        return Measured.Rates(workload.Images, () =>
        {
            for (var i = 0; i < workload.Batches; i++)
                session.Run([NamedOnnxValue.CreateFromTensor(input, images)]).Dispose();
        });
    }

    /// <summary>
    /// By itself ML.NET reads such a transform on several threads, each with its own cursor (at least two, and one fewer than the machine
    /// has cores), on top of ONNX Runtime's threads. Here there are as many cursors as threads, with one thread each: this is the fastest
    /// way for single rows, and the number can be set.
    /// </summary>
    public static Measured Transformer(Workload workload, string model, int threads)
    {
        var context = new MLContext(1);
        // Rows are handed out in bundles of 64; there must be enough for every reader to get its share.
        var images = workload with { Batches = Math.Max(workload.Batches, threads) };
        var data = images.Data(context);
        var options = new OnnxOptions
        {
            ModelFile = model,
            InputColumns = ["images"],
            OutputColumns = ["scores"],
            ShapeDictionary = new Dictionary<string, int[]> { ["images"] = [1, 1, workload.Side, workload.Side], ["scores"] = [1, 10] },
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
        };
        var pipeline = context.Transforms.CopyColumns("images", "Features").Append(context.Transforms.ApplyOnnxModel(options));
        var view = pipeline.Fit(data).Transform(data);
        DataViewRowCursor[] cursors = [];
        // The readers stay alive between passes, so that their processor time can be counted; they end when there is nothing to read.
        using var turn = new Barrier(threads + 1);
        var readers = Enumerable.Range(0, threads).Select(reader => new Thread(() =>
        {
            for (turn.SignalAndWait(); cursors.Length > 0; turn.SignalAndWait())
            {
                Read(cursors[reader]);
                turn.SignalAndWait();
            }
        })).ToList();
        readers.ForEach(reader => reader.Start());
        var measured = Measured.Rates(images.Images, () =>
        {
            cursors = view.GetRowCursorSet([view.Schema["scores"]], threads);
            turn.SignalAndWait();
            turn.SignalAndWait();
        });
        cursors = [];
        turn.SignalAndWait();
        readers.ForEach(reader => reader.Join());
        return measured;
    }

    private static void Read(DataViewRowCursor cursor)
    {
        using var owned = cursor;
        var getter = cursor.GetGetter<VBuffer<float>>(cursor.Schema["scores"]);
        VBuffer<float> value = default;
        while (cursor.MoveNext())
            getter(ref value);
    }
}
