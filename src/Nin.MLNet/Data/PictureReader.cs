using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Data;

/// <summary>
/// Reads images from a column of <see cref="MLImage"/>: red, green and blue as <c>ExtractPixels</c> gives them, or one grey channel;
/// alpha is dropped. Images are disposed by whoever made them, never here.
/// </summary>
internal sealed class PictureReader(DataViewRow row, DataViewSchema.Column features, NinImageShape shape) : ImageReader
{
    private const int BytesPerPixel = 4, Green = 1;
    private readonly ValueGetter<MLImage?> getter = row.GetGetter<MLImage?>(features);
    private MLImage? image;

    /// <summary>Whether red, green and blue are the same in every pixel.</summary>
    public static bool IsGrey(MLImage image)
    {
        var (red, blue) = Places(image);
        var pixels = image.Pixels;
        for (var i = 0; i < pixels.Length; i += BytesPerPixel)
        {
            if (pixels[i + red] != pixels[i + Green] || pixels[i + blue] != pixels[i + Green])
                return false;
        }

        return true;
    }

    public override void Read(Span<float> planar)
    {
        getter(ref image);
        if (image is null)
        {
            planar.Fill(float.NaN);
            return;
        }

        if (image.Height != shape.Height || image.Width != shape.Width)
            throw Refusal.Row(string.Create(
                CultureInfo.InvariantCulture,
                $"Features column '{features.Name}' holds an image of {image.Height}x{image.Width} (height x width) in row " +
                $"{row.Position:N0}: expected {shape.Height}x{shape.Width}, as every image must be of one size. Append " +
                $"mlContext.Transforms.ResizeImages(\"{features.Name}\", {shape.Width}, {shape.Height}) before the trainer."));
        if (shape.Channels == 1 && !IsGrey(image))
            throw Refusal.Row(string.Create(
                CultureInfo.InvariantCulture,
                $"Features column '{features.Name}' holds a colour image in row {row.Position:N0}: expected grey ones. Make it grey " +
                $"(mlContext.Transforms.ConvertToGrayscale), or train on colours (Options.ImageShape of 3 channels)."));
        var (red, blue) = Places(image);
        Copy(image.Pixels, red, planar, 0);
        if (shape.Channels == 1)
            return;
        Copy(image.Pixels, Green, planar, 1);
        Copy(image.Pixels, blue, planar, 2);
    }

    private static (int Red, int Blue) Places(MLImage image) => image.PixelFormat == MLPixelFormat.Bgra32 ? (2, 0) : (0, 2);

    private void Copy(ReadOnlySpan<byte> pixels, int place, Span<float> planar, int channel)
    {
        var target = planar.Slice(channel * shape.Height * shape.Width, shape.Height * shape.Width);
        for (var i = 0; i < target.Length; i++)
            target[i] = pixels[(i * BytesPerPixel) + place];
    }
}
