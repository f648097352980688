using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Nin.MLNet.Benchmarks;

/// <summary>The peers in scoring: ONNX Runtime at a whole batch, and ML.NET's OnnxTransformer; the network is exported by peers/export_onnx.py.</summary>
internal static class OnnxPeers
{
    public static IEnumerable<double> Runtime(Workload workload, string model)
    {
        using var session = new InferenceSession(model);
        var images = new DenseTensor<float>([workload.BatchSize, 1, workload.Side, workload.Side]);
        return Ours.Rates(workload.Images, () =>
        {
            for (var i = 0; i < workload.Batches; i++)
                session.Run([NamedOnnxValue.CreateFromTensor("images", images)]).Dispose();
        });
    }

    public static IEnumerable<double> Transformer(Workload workload, string model)
    {
        var context = new MLContext(1);
        var data = workload.Data(context);
        var shapes = new Dictionary<string, int[]> { ["images"] = [1, 1, workload.Side, workload.Side], ["scores"] = [1, 10] };
        var pipeline = context.Transforms.CopyColumns("images", "Features").Append(context.Transforms.ApplyOnnxModel("scores", "images", model, shapes));
        var view = pipeline.Fit(data).Transform(data);
        return Ours.Rates(workload.Images, () =>
        {
            using var cursor = view.GetRowCursor([view.Schema["scores"]]);
            var getter = cursor.GetGetter<VBuffer<float>>(view.Schema["scores"]);
            VBuffer<float> value = default;
            while (cursor.MoveNext())
                getter(ref value);
        });
    }
}
