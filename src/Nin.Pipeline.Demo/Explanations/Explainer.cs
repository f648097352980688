using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Explanations;

/// <summary>Runs images through a model and gets their class activation maps.</summary>
internal static class Explainer
{
    private const string Maps = "ClassActivationMaps";

    /// <param name="context">Makes the views.</param>
    /// <param name="network">The network.</param>
    /// <param name="scored">Rows that the network scored; Path and Label of <see cref="ImageRow"/> are used if they are text.</param>
    public static IEnumerable<ExplainedImage> Explain(MLContext context, NinTransformer network, IDataView scored)
    {
        var maps = context.Transforms.CalculateClassActivationMaps(network, Maps, predictedClassOnly: true, resizeToImage: true);
        var view = maps.Fit(scored).Transform(scored);
        var (layout, features) = (network.Model.ImageLayout, network.FeatureColumnName);
        if (layout.IsImage)
            throw new InvalidDataException("The model takes images, not pixels: a sheet can be drawn only for models of pixels.");
        var (path, label) = (Text(nameof(ImageRow.Path)), Text(nameof(ImageRow.Label)));
        DataViewSchema.Column?[] wanted = [view.Schema["Score"], view.Schema[Maps], view.Schema[features], path, label];
        using var cursor = view.GetRowCursor(wanted.OfType<DataViewSchema.Column>());
        var score = cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]);
        var map = cursor.GetGetter<VBuffer<float>>(view.Schema[Maps]);
        var nameGetter = path is { } named ? cursor.GetGetter<ReadOnlyMemory<char>>(named) : null;
        var truthGetter = label is { } labelled ? cursor.GetGetter<ReadOnlyMemory<char>>(labelled) : null;
        var pixel = cursor.GetGetter<VBuffer<float>>(view.Schema[features]);
        var (scores, values, pixels) = (default(VBuffer<float>), default(VBuffer<float>), default(VBuffer<float>));
        var (name, truth) = (default(ReadOnlyMemory<char>), default(ReadOnlyMemory<char>));
        while (cursor.MoveNext())
        {
            score(ref scores);
            map(ref values);
            nameGetter?.Invoke(ref name);
            truthGetter?.Invoke(ref truth);
            pixel(ref pixels);
            float[] probabilities = [.. scores.DenseValues()];
            var top = Array.IndexOf(probabilities, probabilities.Max());
            yield return new ExplainedImage(
                name.ToString(), truth.ToString(), network.Model.ClassNames[top], probabilities[top],
                layout.Shape.Width, layout.Shape.Height,
                Colours([.. pixels.DenseValues()], layout), [.. values.DenseValues()]);
        }

        DataViewSchema.Column? Text(string column) =>
            view.Schema.GetColumnOrNull(column) is { Type: TextDataViewType } found ? found : null;
    }

    /// <summary>What the network reads, as blue, green, red and alpha; grey if it has one channel.</summary>
    private static byte[] Colours(float[] pixels, NinImageLayout layout)
    {
        var (channels, size) = (layout.Shape.Channels, layout.Shape.Height * layout.Shape.Width);
        var colours = new byte[4 * size];
        for (var i = 0; i < size; i++)
        {
            for (var colour = 0; colour < 3; colour++)
            {
                // The channels are in the order red, green, blue.
                var channel = Math.Min(2 - colour, channels - 1);
                var value = layout.ChannelsLast ? pixels[(i * channels) + channel] : pixels[(channel * size) + i];
                colours[(4 * i) + colour] = (byte)Math.Clamp(value, 0, byte.MaxValue);
            }

            colours[(4 * i) + 3] = byte.MaxValue;
        }

        return colours;
    }
}
