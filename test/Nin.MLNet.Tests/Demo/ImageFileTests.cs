using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Nin.Pipeline.Demo.DataSets;
using SkiaSharp;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class ImageFileTests : IDisposable
{
    private static readonly MLContext Context = new(1);
    private readonly ImageFolder folder = new();

    public void Dispose() => folder.Dispose();

    [TestMethod]
    [DataRow("a.png", 16)]
    [DataRow("transparent.png", 16)]
    [DataRow("a.jpg", 16)]
    [DataRow("a.webp", 16)]
    [DataRow("a.bmp", 5)]
    [DataRow("grey.png", 4)]
    [DataRow("grey16.png", 4)]
    [DataRow("rgb16.png", 4)]
    [DataRow("palette.png", 4)]
    [DataRow("cmyk.jpg", 16)]
    [DataRow("animated.gif", 2)]
    public void Decode_AnyKind_IsWhatLoadImagesReads(string name, int side)
    {
        var path = Write(name);
        Assert.AreEqual((side, side), (ImageFile.ReadHeader(path).Height, ImageFile.ReadHeader(path).Width));
        CollectionAssert.AreEqual(ByMLNet(path, side), Pixels(path));
    }

    [TestMethod]
    public void Decode_Kinds_HaveTheColoursMeant()
    {
        // Planar: red, green, blue.
        CollectionAssert.AreEqual(new float[] { 200, 100, 50 }, Corner("a.bmp"));
        CollectionAssert.AreEqual(new float[] { 200, 200, 200 }, Corner("grey.png"));
        CollectionAssert.AreEqual(new float[] { 200, 200, 200 }, Corner("grey16.png"));
        CollectionAssert.AreEqual(new float[] { 200, 100, 50 }, Corner("palette.png"));
        CollectionAssert.AreEqual(new float[] { 255, 0, 0 }, Corner("animated.gif"));
        // Only cyan ink.
        var cmyk = Corner("cmyk.jpg");
        Assert.IsTrue(cmyk is [< 10, > 245, > 245], string.Join(", ", cmyk));
        // Half transparent: over black, half of it is left.
        Assert.AreEqual(100, Corner("transparent.png")[0], 1);
    }

    [TestMethod]
    [DataRow(1, "red", "green")]
    [DataRow(2, "green", "red")]
    [DataRow(3, "white", "blue")]
    [DataRow(4, "blue", "white")]
    [DataRow(5, "red", "blue")]
    [DataRow(6, "blue", "red")]
    [DataRow(7, "white", "green")]
    [DataRow(8, "green", "white")]
    public void Decode_ExifOrientation_SetsTheImageUpright(int orientation, string topLeft, string topRight)
    {
        // As stored: red and green above, blue and white below; wider than high.
        using var bitmap = new SKBitmap(32, 16);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.White);
            Fill(canvas, 0, 0, SKColors.Red);
            Fill(canvas, 16, 0, new SKColor(0, 255, 0));
            Fill(canvas, 0, 8, SKColors.Blue);
        }

        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);
        var path = folder.Write("a.jpg", RawImages.WithOrientation(jpeg.ToArray(), (byte)orientation));
        using var image = ImageFile.Decode(path);
        Assert.AreEqual(orientation > 4 ? (16, 32) : (32, 16), (image.Width, image.Height));
        var header = ImageFile.ReadHeader(path);
        Assert.AreEqual((image.Width, image.Height), (header.Width, header.Height));
        Assert.AreEqual(topLeft, NameOf(image, 1, 1));
        Assert.AreEqual(topRight, NameOf(image, image.Width - 2, 1));
    }

    [TestMethod]
    [DataRow("empty.png", 0, "the file is empty")]
    [DataRow("a.png", 200, "the image is cut short")]
    [DataRow("a.jpg", 500, "the image is cut short")]
    [DataRow("a.webp", 60, "the image is ")]
    [DataRow("a.png", 20, "not a PNG, JPEG, BMP, WebP or GIF image")]
    public void Decode_FileCutShort_SaysSo(string name, int length, string message)
    {
        var whole = File.ReadAllBytes(Write(name == "empty.png" ? "a.png" : name));
        Assert.IsGreaterThan(length, whole.Length);
        var thrown = Assert.ThrowsExactly<UnreadableImageException>(() => ImageFile.Decode(folder.Write(name, whole[..length])));
        StringAssert.Contains(thrown.Message, message, StringComparison.Ordinal);
        StringAssert.Contains(thrown.Message, folder.Path(name), StringComparison.Ordinal);
    }

    [TestMethod]
    public void Decode_NoImageOrNoFile_SaysSo()
    {
        var text = folder.WriteLines("text.png", "This is no image, whatever its name says.");
        var isNone = Assert.ThrowsExactly<UnreadableImageException>(() => ImageFile.Decode(text));
        StringAssert.Contains(isNone.Reason, "this is not a PNG", StringComparison.Ordinal);
        var missing = folder.Path("none.png");
        foreach (var read in (Action[])[() => ImageFile.Decode(missing), () => ImageFile.ReadHeader(missing)])
            StringAssert.Contains(
                Assert.ThrowsExactly<UnreadableImageException>(read).Reason, "there is no such file", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Decode_TwentyThousandPixelsHigh_IsReadIfThinAndRefusedIfWide()
    {
        var thin = folder.Write("thin.png", RawImages.Png(4, 20_000, 8, 0, new byte[4 * 20_000]));
        using (var image = ImageFile.Decode(thin))
            Assert.AreEqual((4, 20_000), (image.Width, image.Height));

        // Reading its header is enough; decoded it would take 1.6 GB.
        var wide = folder.Write("wide.png", RawImages.Png(20_000, 20_000, 1, 0, new byte[20_000]));
        var thrown = Assert.ThrowsExactly<UnreadableImageException>(() => ImageFile.Decode(wide));
        StringAssert.Contains(thrown.Reason, "20,000 x 20,000 pixels are more than the limit of 100,000,000", StringComparison.Ordinal);
        Assert.ThrowsExactly<UnreadableImageException>(() => ImageFile.ReadHeader(wide));
    }

    private string Write(string name) => name switch
    {
        "transparent.png" => folder.Draw(name, new SKColor(200, 100, 50, 128)),
        "a.bmp" => folder.Write(name, RawImages.Bmp(5, 200, 100, 50)),
        "grey.png" => folder.Write(name, RawImages.Png(4, 4, 8, 0, [.. Enumerable.Repeat((byte)200, 16)])),
        "grey16.png" => folder.Write(name, RawImages.Png(4, 4, 16, 0, [.. Enumerable.Repeat((byte)200, 32)])),
        "rgb16.png" => folder.Write(name, RawImages.Png(4, 4, 16, 2, [.. Enumerable.Range(0, 96).Select(i => (byte)(2 * i))])),
        "palette.png" => folder.Write(name, RawImages.Png(4, 4, 8, 3, new byte[16], [200, 100, 50])),
        "cmyk.jpg" => folder.Write(name, RawImages.CmykJpeg),
        "animated.gif" => folder.Write(name, RawImages.AnimatedGif),
        _ => folder.Draw(name, new SKColor(200, 100, 50)),
    };

    private float[] Corner(string name)
    {
        var pixels = Pixels(Write(name));
        return [pixels[0], pixels[pixels.Length / 3], pixels[2 * pixels.Length / 3]];
    }

    /// <summary>Red, then green, then blue of all pixels.</summary>
    private static float[] Pixels(string path)
    {
        using var image = ImageFile.Decode(path);
        var bytes = image.Pixels.ToArray();
        int[] order = image.PixelFormat == MLPixelFormat.Bgra32 ? [2, 1, 0] : [0, 1, 2];
        return [.. order.SelectMany(channel => Enumerable.Range(0, bytes.Length / 4).Select(p => (float)bytes[(4 * p) + channel]))];
    }

    private static float[] ByMLNet(string path, int side)
    {
        var data = Context.Data.LoadFromEnumerable([new { Path = path }]);
        return Context.Transforms.LoadImages("Image", "", "Path")
            .Append(Context.Transforms.ResizeImages("Image", side, side))
            .Append(Context.Transforms.ExtractPixels("Features", "Image", ImagePixelExtractingEstimator.ColorBits.Rgb))
            .Fit(data).Transform(data).GetColumn<float[]>("Features").Single();
    }

    private static void Fill(SKCanvas canvas, int x, int y, SKColor colour)
    {
        using var paint = new SKPaint { Color = colour };
        canvas.DrawRect(x, y, 16, 8, paint);
    }

    private static string NameOf(MLImage image, int x, int y)
    {
        var at = 4 * ((y * image.Width) + x);
        var (first, green, third) = (image.Pixels[at] > 127, image.Pixels[at + 1] > 127, image.Pixels[at + 2] > 127);
        var (red, blue) = image.PixelFormat == MLPixelFormat.Bgra32 ? (third, first) : (first, third);
        return (red, green, blue) switch
        {
            (true, true, true) => "white",
            (true, false, false) => "red",
            (false, true, false) => "green",
            (false, false, true) => "blue",
            _ => "other",
        };
    }
}
