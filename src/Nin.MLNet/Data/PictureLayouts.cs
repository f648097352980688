using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Data;

/// <summary>Decides the shape of the images in a training's column of <see cref="MLImage"/>.</summary>
internal static class PictureLayouts
{
    /// <summary>Number of images examined to tell grey from colour. They are read a second time for the training.</summary>
    private const int LookedAt = 32;

    /// <summary>Anything that type and options leave open is determined from the first images.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Type and options contradict each other, or the shape is impossible.</exception>
    /// <exception cref="InvalidOperationException">There is no image to look at.</exception>
    public static NinImageLayout Decide(IDataView data, DataViewSchema.Column features, NinTrainer.Options options)
    {
        var type = (ImageDataViewType)features.Type;
        if (options.ImageShape is { } told)
        {
            CheckTold(features.Name, type, told);
            return ImageLayouts.Found(features.Name, told, type);
        }

        var channels = options.InitialModel?.Architecture.InputChannels is { } read and (1 or 3) ? read : (int?)null;
        if (channels is { } known && type.Height > 0)
            return ImageLayouts.Found(features.Name, new NinImageShape(known, type.Height, type.Width), type);
        var seen = Look(data, features, channels);
        return ImageLayouts.Found(
            features.Name, type.Height > 0 ? seen with { Height = type.Height, Width = type.Width } : seen, type);
    }

    private static void CheckTold(string name, ImageDataViewType type, NinImageShape told)
    {
        if (told.Channels is not (1 or 3))
            throw Refusal.Option(nameof(NinTrainer.Options.ImageShape), string.Create(
                CultureInfo.InvariantCulture,
                $"Options.ImageShape is {told} (channels x height x width), but features column '{name}' holds images, of which " +
                $"1 channel (grey) or 3 (red, green, blue) are read: set it to one of them, or leave it null."));
        if (type.Height > 0 && (type.Height, type.Width) != (told.Height, told.Width))
            throw Refusal.Schema(string.Create(
                CultureInfo.InvariantCulture,
                $"Features column '{name}' holds images of {type.Height}x{type.Width} (height x width) by its type, and " +
                $"Options.ImageShape says {told}: leave ImageShape null or make them agree."));
    }

    private static NinImageShape Look(IDataView data, DataViewSchema.Column features, int? channels)
    {
        using var cursor = data.GetRowCursor([features]);
        var getter = cursor.GetGetter<MLImage?>(features);
        MLImage? image = null;
        NinImageShape? shape = null;
        var looked = 0;
        // Once a colour has been seen, the rest need not be examined.
        while (looked < LookedAt && shape is not { Channels: 3 } && cursor.MoveNext())
        {
            getter(ref image);
            if (image is null)
                continue;
            looked++;
            var size = shape ?? new NinImageShape(channels ?? 1, image.Height, image.Width);
            if (channels is not null)
                return size;
            shape = size with { Channels = PictureReader.IsGrey(image) ? 1 : 3 };
        }

        return shape ?? throw Refusal.NoRows(
            $"The data has no rows with an image in '{features.Name}': expected images to train on. Check the loader's path and filters.");
    }
}
