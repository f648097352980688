using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.Transforms.Onnx;

namespace Nin.MLNet.Benchmarks;

/// <summary>The peers in scoring: ONNX Runtime at a whole batch, and ML.NET's OnnxTransformer, a row at a time; the network is exported by peers/export_onnx.py.</summary>
internal static class OnnxPeers
{
    public static Measured Runtime(Workload workload, string model, int threads)
    {
        using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
        using var session = new InferenceSession(model, options);
        var images = new DenseTensor<float>([workload.BatchSize, 1, workload.Side, workload.Side]);
        return Measured.Rates(workload.Images, () =>
        {
            for (var i = 0; i < workload.Batches; i++)
                session.Run([NamedOnnxValue.CreateFromTensor("images", images)]).Dispose();
        });
    }

    public static Measured Transformer(Workload workload, string model, int threads)
    {
        var context = new MLContext(1);
        var data = workload.Data(context);
        var options = new OnnxOptions
        {
            ModelFile = model,
            InputColumns = ["images"],
            OutputColumns = ["scores"],
            ShapeDictionary = new Dictionary<string, int[]> { ["images"] = [1, 1, workload.Side, workload.Side], ["scores"] = [1, 10] },
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
        };
        var pipeline = context.Transforms.CopyColumns("images", "Features").Append(context.Transforms.ApplyOnnxModel(options));
        var view = pipeline.Fit(data).Transform(data);
        return Measured.Rates(workload.Images, () =>
        {
            using var cursor = view.GetRowCursor([view.Schema["scores"]]);
            var getter = cursor.GetGetter<VBuffer<float>>(view.Schema["scores"]);
            VBuffer<float> value = default;
            while (cursor.MoveNext())
                getter(ref value);
        });
    }
}
