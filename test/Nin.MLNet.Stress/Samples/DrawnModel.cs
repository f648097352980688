using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Native;
using Nin.MLNet.Network;
using Nin.MLNet.Persistence;
using static TorchSharp.torch;

namespace Nin.MLNet.Stress.Samples;

/// <summary>A model with random weights and images for it, so that no training is needed for an attack.</summary>
internal static class DrawnModel
{
    /// <summary>A model whose classes are named "class 0" and so on.</summary>
    public static NinTransformer Of(MLContext context, NinArchitecture architecture, NinImageShape shape, int? resizeTo = null)
    {
        NativeTorch.EnsureLoaded();
        var path = Path.GetTempFileName();
        try
        {
            using (var network = new NinNetwork(architecture, CPU))
            {
                WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
                using var file = File.Create(path);
                SafeTensors.Write(file, network);
            }

            var layout = new NinImageLayout(shape, channelsLast: false, [shape.Channels, shape.Height, shape.Width]);
            var model = NinModelParameters.FromWeights(
                path, architecture, layout, [.. Enumerable.Range(0, architecture.Classes).Select(i => $"class {i}")],
                Enumerable.Repeat(100f, shape.Channels).ToArray(), Enumerable.Repeat(60f, shape.Channels).ToArray(), resizeTo,
                NinTrainer.Precision.Float32);
            return new NinTransformer(context, model);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Rows with one column, "Features"; no two images are alike.</summary>
    public static IDataView Images(MLContext context, NinImageShape shape, int count, int seed = 7) =>
        context.Data.LoadFromEnumerable(Rows(shape, count, seed), SchemaOf(shape));

    public static IEnumerable<ImageRow> Rows(NinImageShape shape, int count, int seed = 7)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
            yield return new ImageRow { Features = [.. Enumerable.Range(0, shape.Size).Select(_ => (float)random.Next(256))] };
    }

    public static SchemaDefinition SchemaOf(NinImageShape shape)
    {
        var schema = SchemaDefinition.Create(typeof(ImageRow));
        schema["Features"].ColumnType =
            new VectorDataViewType(NumberDataViewType.Single, shape.Channels, shape.Height, shape.Width);
        return schema;
    }
}
