using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Nin.MLNet.Tests.Export;

/// <summary>A model in ONNX form, and its results in ONNX Runtime.</summary>
internal sealed class OnnxFile : IDisposable
{
    private OnnxFile(byte[] content) => (Content, Session) = (content, new InferenceSession(content));

    public byte[] Content { get; }

    public InferenceSession Session { get; }

    public static OnnxFile Of(MLContext context, ITransformer model, IDataView data)
    {
        using var stream = new MemoryStream();
        context.Model.ConvertToOnnx(model, data, stream);
        return new OnnxFile(stream.ToArray());
    }

    /// <summary>A Nin transformer and what follows it, starting from the features.</summary>
    public static OnnxFile OfFeatures(MLContext context, NinTransformer model, ITransformer? next = null, int? operatorSet = null)
    {
        var chain = new TransformerChain<ITransformer>(next is null ? [model] : [model, next]);
        // Without a label column here, the exported model does not require one.
        var features = DrawnModel.View(context, [], 1, model.Model.ImageLayout.Dimensions);
        using var stream = new MemoryStream();
        if (operatorSet is { } version)
            context.Model.ConvertToOnnx(chain, features, version, stream);
        else
            context.Model.ConvertToOnnx(chain, features, stream);
        return new OnnxFile(stream.ToArray());
    }

    /// <summary>Scores [count, K] and labels of images, all in one batch.</summary>
    /// <typeparam name="TLabel">uint for keys, string for class names.</typeparam>
    public (float[] Scores, TLabel[] Labels) Run<TLabel>(float[] images, int count)
    {
        int[] dimensions = [count, .. Session.InputMetadata["Features"].Dimensions[1..]];
        if (dimensions.Contains(-1))
            dimensions = [count, images.Length / count];
        List<NamedOnnxValue> inputs = [NamedOnnxValue.CreateFromTensor("Features", new DenseTensor<float>(images, dimensions))];
        if (Session.InputMetadata.ContainsKey("Label"))
        {
            var labels = new DenseTensor<string>(Enumerable.Repeat("", count).ToArray(), [count, 1]);
            inputs.Add(NamedOnnxValue.CreateFromTensor("Label", labels));
        }

        using var results = Session.Run(inputs, ["Score.output", "PredictedLabel.output"]);
        return ([.. results[0].AsTensor<float>()], [.. results[1].AsTensor<TLabel>()]);
    }

    public void Dispose() => Session.Dispose();
}
