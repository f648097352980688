using SkiaSharp;

namespace Nin.MLNet.Tests.Demo;

/// <summary>A separate folder with generated images, deleted at the end.</summary>
internal sealed class ImageFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("nin-images").FullName;

    public string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>Writes an image of one colour with a pattern that does not compress well; the name gives the format.</summary>
    public string Draw(string name, SKColor colour, int width = 16, int height = 16)
    {
        var path = Prepare(name);
        using var bitmap = new SKBitmap(width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                bitmap.SetPixel(x, y, new SKColor(
                    (byte)(colour.Red + Pattern(x, y)), (byte)(colour.Green + Pattern(y, x)), (byte)(colour.Blue + Pattern(x + y, y)),
                    colour.Alpha));
        }

        using var data = bitmap.Encode(Format(path), 100);
        File.WriteAllBytes(path, data.ToArray());
        return path;
    }

    /// <summary>Two classes, reddish and bluish, with the given number of images each.</summary>
    public void DrawClasses(int each, string below = "")
    {
        for (var i = 0; i < each; i++)
        {
            Draw(System.IO.Path.Combine(below, "red", $"{i:000}.png"), new SKColor((byte)(150 + i), 10, 10));
            Draw(System.IO.Path.Combine(below, "blue", $"{i:000}.png"), new SKColor(10, 10, (byte)(150 + i)));
        }
    }

    public string Write(string name, byte[] content)
    {
        var path = Prepare(name);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string WriteLines(string name, params string[] lines)
    {
        var path = Prepare(name);
        File.WriteAllLines(path, lines);
        return path;
    }

    /// <summary>Makes a link to a folder; ends the test as inconclusive where Windows does not let this user make any.</summary>
    public string LinkFolderOrSkip(string name, string target)
    {
        var path = Prepare(name);
        try
        {
            Directory.CreateSymbolicLink(path, target);
        }
        catch (IOException e) when (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive($"Windows allows links only to some users: {e.Message}");
        }

        return path;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private string Prepare(string name)
    {
        var path = Path(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        return path;
    }

    private static int Pattern(int a, int b) => ((a * a * 7) + (b * 31) + (a * b * 13)) % 37;

    private static SKEncodedImageFormat Format(string path) => System.IO.Path.GetExtension(path) switch
    {
        ".jpg" or ".jpeg" => SKEncodedImageFormat.Jpeg,
        ".webp" => SKEncodedImageFormat.Webp,
        _ => SKEncodedImageFormat.Png,
    };
}
