using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Network;
using Nin.MLNet.Persistence;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Export;

/// <summary>Models with random instead of learnt weights, and images for them: any architecture without training time.</summary>
internal static class DrawnModel
{
    /// <summary>A model with random weights and running statistics, made from a safetensors file as a user would.</summary>
    public static NinTransformer Of(
        MLContext context, NinArchitecture architecture, NinImageLayout layout, int? resizeTo = null,
        NinTrainer.Precision precision = NinTrainer.Precision.Float32)
    {
        var path = Path.GetTempFileName();
        try
        {
            WriteWeights(path, architecture);
            string[] names = [.. Enumerable.Range(0, architecture.Classes).Select(i => $"class {i}")];
            float[] means = [.. Enumerable.Range(0, architecture.InputChannels).Select(c => 100f + (10 * c))];
            float[] stds = [.. Enumerable.Range(0, architecture.InputChannels).Select(c => 60f - (10 * c))];
            var model = NinModelParameters.FromWeights(path, architecture, layout, names, means, stds, resizeTo, precision);
            return new NinTransformer(context, model);
        }
        finally
        {
            File.Delete(path);
        }
    }

    public static void WriteWeights(string path, NinArchitecture architecture)
    {
        using var network = new NinNetwork(architecture, CPU);
        using var scope = NewDisposeScope();
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        random.manual_seed(1);
        using (no_grad())
        {
            foreach (var (name, value) in network.State)
            {
                if (name.EndsWith("running_mean", StringComparison.Ordinal) || name.EndsWith("bias", StringComparison.Ordinal))
                    value.copy_(randn_like(value).mul(0.2));
                if (name.EndsWith("running_var", StringComparison.Ordinal))
                    value.copy_(rand_like(value).add(0.5));
            }
        }

        using var file = File.Create(path);
        SafeTensors.Write(file, network);
    }

    /// <summary>Images with values from 0 to 255, no two alike, one after the other, each in a row's own order.</summary>
    public static float[] Images(NinImageShape shape, int count)
    {
        var random = new Random(7);
        var pixels = new float[count * shape.Size];
        for (var image = 0; image < count; image++)
        {
            var (brightness, period) = (random.Next(20, 200), random.Next(3, 3 + (shape.Size / 10)));
            for (var i = 0; i < shape.Size; i++)
                pixels[(image * shape.Size) + i] = brightness * (i / period % 2) + random.Next(55);
        }

        return pixels;
    }

    /// <summary>Rows with only the images, in a column of the given dimensions.</summary>
    public static IDataView View(MLContext context, float[] images, int count, ImmutableArray<int> dimensions)
    {
        var size = Math.Max(1, images.Length / count);
        var schema = SchemaDefinition.Create(typeof(Row));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, dimensions);
        return context.Data.LoadFromEnumerable(images.Chunk(size).Select(image => new Row { Features = image }), schema);
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];
    }
}
