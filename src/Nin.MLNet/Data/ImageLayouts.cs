using System.Collections.Immutable;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Data;

/// <summary>Decides how a training's features column holds its images, and checks other columns against that.</summary>
internal static class ImageLayouts
{
    /// <summary>Maximum number of channels that <c>ExtractPixels</c> produces.</summary>
    private const int MostExtracted = 4;

    /// <summary>The layout of a column of vectors or images; the first rows of images are read if size or colours are unknown.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The column's type and the options leave it open, or contradict each other.</exception>
    /// <exception cref="InvalidOperationException">The column holds images, and there is none to look at.</exception>
    public static NinImageLayout Decide(IDataView data, DataViewSchema.Column features, NinTrainer.Options options) =>
        features.Type is ImageDataViewType ? PictureLayouts.Decide(data, features, options) : Decide(features, options);

    /// <summary>The layout of a column of images.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The images are too large.</exception>
    public static NinImageLayout Found(string name, NinImageShape shape, ImageDataViewType type)
    {
        _ = Found(name, shape, channelsLast: false, [0]);
        return new(shape, channelsLast: false, [type.Height, type.Width], isImage: true);
    }

    private static NinImageLayout Decide(DataViewSchema.Column features, NinTrainer.Options options)
    {
        var vector = (VectorDataViewType)features.Type;
        var (name, d) = (features.Name, vector.Dimensions);
        if (d.Length == 3)
            return OfThreeDimensions(name, vector, options);
        if (options.ImageShape is { } told)
        {
            CheckPossible(told);
            if (vector.Size > 0 && vector.Size != told.Size)
                throw Refusal.Schema(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Features column '{name}' has {vector.Size} values a row: Options.ImageShape {told} expects {told.Size}."));
            if (d.Length == 2 && told.Channels == 1 && !Agree(new(1, d[0], d[1]), told))
                throw Contradiction(name, $"{new NinImageShape(1, d[0], d[1])}", told);
            return new(told, options.ImageLayout == NinTrainer.ImageLayout.ChannelsLast, d);
        }

        if (vector.Size == 0)
            throw UnknownLength(name);
        if (d.Length == 2)
            return Found(name, new NinImageShape(1, d[0], d[1]), channelsLast: false, d);
        var side = (int)Math.Sqrt(vector.Size);
        if (d.Length > 3)
            throw Refusal.Schema(
                $"Features column '{name}' is of type {vector}, which has too many dimensions to tell an image: set Options.ImageShape " +
                "to the shape of its images (channels, height, width).");
        if (side * side != vector.Size)
            throw Refusal.Schema(string.Create(
                CultureInfo.InvariantCulture,
                $"Features column '{name}' is a flat vector of {vector.Size} values, which is not a square: set Options.ImageShape to " +
                $"the shape of its images (channels, height, width)."));
        return Found(name, new NinImageShape(1, side, side), channelsLast: false, d);
    }

    /// <summary>What to log if the shape was guessed only from a length or a few images, else null.</summary>
    public static string? Guess(string features, NinImageLayout layout, NinTrainer.Options options) =>
        options.ImageShape is not null ? null
        : layout.IsImage ? string.Create(
            CultureInfo.InvariantCulture,
            $"Features column '{features}' is read as {(layout.Shape.Channels == 1 ? "grey" : "colour")} images of {layout.Shape} " +
            $"(channels x height x width). Set Options.ImageShape where they are others.")
        : layout.Dimensions.Length != 1 ? null
        : string.Create(
            CultureInfo.InvariantCulture,
            $"Features column '{features}' is a flat vector of {layout.Shape.Size} values and is read as grey images of {layout.Shape} " +
            $"(channels x height x width). Set Options.ImageShape where they are others.");

    public static Exception UnknownLength(string features) =>
        Refusal.Schema(
            $"Features column '{features}' is a vector of unknown length: set Options.ImageShape to the shape of its images (channels, " +
            "height, width).");

    /// <summary>The type of a column of this layout.</summary>
    public static DataViewType TypeOf(NinImageLayout layout) => layout switch
    {
        { IsImage: false } => new VectorDataViewType(NumberDataViewType.Single, layout.Dimensions),
        { Dimensions: [> 0 and var height, > 0 and var width] } => new ImageDataViewType(height, width),
        _ => new ImageDataViewType(),
    };

    /// <summary>
    /// Whether a column may be read in this layout: its type is the training column's, or it is a flat vector of the right length and the
    /// training column was flat with unknown length. An image type may leave the size open: each image is measured when it is read.
    /// </summary>
    public static bool Accepts(NinImageLayout layout, DataViewType type)
    {
        if (layout.IsImage)
            return type is ImageDataViewType image
                && (image.Height == 0 || (image.Height, image.Width) == (layout.Shape.Height, layout.Shape.Width));
        if (type.Equals(TypeOf(layout)))
            return true;
        return layout.Dimensions is [0] && type is VectorDataViewType { Dimensions: [var length] } vector
            && vector.ItemType == NumberDataViewType.Single && length == layout.Shape.Size;
    }

    /// <summary>As <see cref="Accepts"/>, based on what is known before any data flows.</summary>
    public static bool MayAccept(NinImageLayout layout, SchemaShape.Column features) =>
        layout.IsImage ? IsImage(features)
        : features.Kind != SchemaShape.Column.VectorKind.Scalar && features.ItemType == NumberDataViewType.Single && !features.IsKey;

    /// <summary>Whether a column holds images rather than vectors.</summary>
    public static bool IsImage(SchemaShape.Column features) =>
        features.Kind == SchemaShape.Column.VectorKind.Scalar && features.ItemType is ImageDataViewType;

    private static NinImageLayout OfThreeDimensions(string name, VectorDataViewType vector, NinTrainer.Options options)
    {
        var d = vector.Dimensions;
        List<(NinImageShape Shape, bool Last)> ways = [];
        if (options.ImageLayout != NinTrainer.ImageLayout.ChannelsLast)
            ways.Add((new(d[0], d[1], d[2]), false));
        if (options.ImageLayout != NinTrainer.ImageLayout.ChannelsFirst)
            ways.Add((new(d[2], d[0], d[1]), true));
        if (options.ImageShape is { } told)
        {
            CheckPossible(told);
            var possible = string.Join(" or ", ways.Select(way => way.Shape));
            ways.RemoveAll(way => !Agree(way.Shape, told));
            if (ways.Count == 0)
                throw Contradiction(name, possible, told);
            // With one channel the order is the same either way.
            return ways.Count == 1 || told.Channels == 1 ? new(told, ways[0].Last, d) : throw Ambiguous(name, vector);
        }

        if (vector.Size == 0)
            throw UnknownLength(name);
        if (options.ImageLayout == NinTrainer.ImageLayout.Auto)
            ways.RemoveAll(way => way.Shape.Channels > MostExtracted);
        if (ways.Count != 1)
            throw Ambiguous(name, vector);
        return Found(name, ways[0].Shape, ways[0].Last, d);
    }

    /// <summary>Whether the shape from a type, where 0 means unknown, may be the one given in the options.</summary>
    private static bool Agree(NinImageShape found, NinImageShape told) =>
        (found.Channels == 0 || found.Channels == told.Channels)
        && (found.Height == 0 || found.Height == told.Height)
        && (found.Width == 0 || found.Width == told.Width);

    private static void CheckPossible(NinImageShape shape)
    {
        if (!shape.IsPossible)
            throw Refusal.Option(nameof(NinTrainer.Options.ImageShape), string.Create(
                CultureInfo.InvariantCulture,
                $"Options.ImageShape is {shape} (channels x height x width): expected at most {NinImageShape.MostValues:N0} values in " +
                $"an image."));
    }

    private static NinImageLayout Found(string name, NinImageShape shape, bool channelsLast, ImmutableArray<int> d) => shape.IsPossible
        ? new(shape, channelsLast, d)
        : throw Refusal.Schema(string.Create(
            CultureInfo.InvariantCulture,
            $"Features column '{name}' holds images of {shape} (channels x height x width): expected at most " +
            $"{NinImageShape.MostValues:N0} values in an image. Resize them before the trainer."));

    private static Exception Contradiction(string name, string found, NinImageShape told) => Refusal.Schema(
        $"Features column '{name}' holds images of {found} (channels x height x width) by its type, and Options.ImageShape says " +
        $"{told}: leave ImageShape null or make them agree.");

    private static Exception Ambiguous(string name, VectorDataViewType type) => Refusal.Schema(
        $"Features column '{name}' is of type {type}, which may be (channels, height, width) or (height, width, channels): set " +
        "Options.ImageLayout to ChannelsFirst or ChannelsLast.");
}
