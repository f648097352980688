using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Scoring;

namespace Nin.Pipeline.Demo.Explanations;

/// <summary>Runs images through a model and asks for its maps.</summary>
internal static class Explainer
{
    private const string Maps = "ClassActivationMaps";

    /// <param name="context">Makes the views.</param>
    /// <param name="model">The model.</param>
    /// <param name="rows">Images, with their labels where they are known.</param>
    public static IEnumerable<ExplainedImage> Explain(MLContext context, SavedModel model, IEnumerable<ImageRow> rows)
    {
        var scored = model.Score(rows);
        var maps = context.Transforms.CalculateClassActivationMaps(model.Nin, Maps, predictedClassOnly: true, resizeToImage: true);
        var view = maps.Fit(scored).Transform(scored);
        var (layout, features) = (model.Nin.Model.ImageLayout, model.Nin.FeatureColumnName);
        if (layout.IsImage)
            throw new InvalidDataException("The model takes images instead of their pixels: a sheet can be drawn of pixels alone.");
        using var cursor = view.GetRowCursor(view.Schema.Where(
            column => !column.IsHidden && column.Name is Maps or "Score" or nameof(ImageRow.Path) or nameof(ImageRow.Label) || column.Name == features));
        var score = cursor.GetGetter<VBuffer<float>>(view.Schema["Score"]);
        var map = cursor.GetGetter<VBuffer<float>>(view.Schema[Maps]);
        var path = cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema[nameof(ImageRow.Path)]);
        var label = cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema[nameof(ImageRow.Label)]);
        var pixel = cursor.GetGetter<VBuffer<float>>(view.Schema[features]);
        var (scores, values, pixels) = (default(VBuffer<float>), default(VBuffer<float>), default(VBuffer<float>));
        var (name, truth) = (default(ReadOnlyMemory<char>), default(ReadOnlyMemory<char>));
        while (cursor.MoveNext())
        {
            score(ref scores);
            map(ref values);
            path(ref name);
            label(ref truth);
            pixel(ref pixels);
            float[] probabilities = [.. scores.DenseValues()];
            var top = Array.IndexOf(probabilities, probabilities.Max());
            yield return new ExplainedImage(
                name.ToString(), truth.ToString(), model.ClassNames[top], probabilities[top], layout.Shape.Width, layout.Shape.Height,
                Colours([.. pixels.DenseValues()], layout), [.. values.DenseValues()]);
        }
    }

    /// <summary>What the network reads, as blue, green, red and alpha; grey where it has one channel.</summary>
    private static byte[] Colours(float[] pixels, NinImageLayout layout)
    {
        var (channels, size) = (layout.Shape.Channels, layout.Shape.Height * layout.Shape.Width);
        var colours = new byte[4 * size];
        for (var i = 0; i < size; i++)
        {
            for (var colour = 0; colour < 3; colour++)
            {
                // Channels are red, green, blue.
                var channel = Math.Min(2 - colour, channels - 1);
                var value = layout.ChannelsLast ? pixels[(i * channels) + channel] : pixels[(channel * size) + i];
                colours[(4 * i) + colour] = (byte)Math.Clamp(value, 0, byte.MaxValue);
            }

            colours[(4 * i) + 3] = byte.MaxValue;
        }

        return colours;
    }
}
