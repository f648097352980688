using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Tests.Demo;
using Nin.Server;
using SkiaSharp;

namespace Nin.MLNet.Tests.Samples;

/// <summary>The sample server over HTTP, on a port of its own.</summary>
[TestClass]
public sealed class ServerTests
{
    private const int Side = SyntheticImages.Side, Connections = 8, Requests = 200, Reloads = 10;

    private static readonly Lazy<string> FromPaths = new(SaveFromPaths);

    // Every test serves a copy of one of two models, which differ only in their weights.
    private static DirectoryInfo folder = null!;
    private static string[] models = [];
    private static List<byte[]> images = [];
    private string zip = "";

    [ClassInitialize]
    public static void Train(TestContext _)
    {
        folder = Directory.CreateTempSubdirectory();
        images = [.. Enumerable.Range(0, 3).Select(place => Png(SyntheticImages.Rows(3)[place].Features))];
        models = [Save("first.zip", seed: 7), Save("second.zip", seed: 8)];
    }

    [ClassCleanup]
    public static void Delete() => folder.Delete(recursive: true);

    [TestInitialize]
    public void Copy() => File.Copy(models[0], zip = Path.Combine(folder.FullName, "served.zip"), overwrite: true);

    [TestMethod]
    public async Task Predict_UploadedPngs_GiveTheirClassesAndAllProbabilities()
    {
        await using var app = await Start();
        using var client = Client(app);
        for (var place = 0; place < images.Count; place++)
        {
            var answer = await Ask(client, images[place]);
            Assert.AreEqual($"class {place}", answer.Class);
            CollectionAssert.AreEquivalent(new[] { "class 0", "class 1", "class 2" }, answer.Probabilities.Keys.ToArray());
            Assert.AreEqual(1, answer.Probabilities.Values.Sum(), 1e-4);
        }

        Assert.AreEqual("healthy", await client.GetStringAsync("health"));
    }

    [TestMethod]
    public async Task Predict_WhileTheModelIsReloaded_DropsNoRequestAndAnswersByOneModelOrTheOther()
    {
        var expected = new List<Answer>();
        foreach (var model in models)
        {
            File.Copy(model, zip, overwrite: true);
            await using var only = await Start();
            using var asks = Client(only);
            expected.Add(await Ask(asks, images[1]));
        }

        Assert.IsFalse(Same(expected[0], expected[1]));
        await using var app = await Start();
        using var client = Client(app);
        var left = Requests;
        var reloads = Task.Run(async () =>
        {
            for (var i = 0; i < Reloads; i++)
            {
                File.Copy(models[i % 2], zip, overwrite: true);
                using var response = await client.PostAsync("reload", null);
                Assert.AreEqual("reloaded", await response.Content.ReadAsStringAsync());
            }
        });
        var connections = Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            // Every connection continues until requests and reloads are done, so that reloads happen during requests. A failed reload is
            // the last one.
            var mine = new List<Answer>();
            while (Interlocked.Decrement(ref left) >= 0 || !reloads.IsCompleted)
                mine.Add(await Ask(client, images[1]));
            return mine;
        })).ToArray();
        await Task.WhenAll([reloads, .. connections]);

        var all = connections.SelectMany(connection => connection.Result).ToList();
        Assert.IsGreaterThanOrEqualTo(Requests, all.Count);
        foreach (var model in expected)
            Assert.IsTrue(all.Any(answer => Same(answer, model)));
        Assert.IsTrue(all.All(answer => expected.Any(model => Same(answer, model))));
    }

    [TestMethod]
    [DataRow(SKEncodedImageFormat.Png, SKColorType.Gray8)]
    [DataRow(SKEncodedImageFormat.Png, SKColorType.Rgba8888)]
    [DataRow(SKEncodedImageFormat.Jpeg, SKColorType.Rgba8888)]
    public async Task Predict_AModelOfTheReadmesPipeline_TakesImagesOfAnySizeAndKind(SKEncodedImageFormat format, SKColorType type)
    {
        File.Copy(FromPaths.Value, zip, overwrite: true);
        await using var app = await Start();
        using var client = Client(app);
        foreach (var (shade, expected) in new[] { (SKColors.Black, "dark"), (SKColors.White, "light") })
        {
            using var bitmap = new SKBitmap(97, 31, type, SKAlphaType.Opaque);
            bitmap.Erase(shade);
            using var file = bitmap.Encode(format, quality: 90);
            Assert.AreEqual(expected, (await Ask(client, file.ToArray())).Class);
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    [DataRow(6)]
    [DataRow(7)]
    [DataRow(8)]
    public async Task Predict_APhotoWithAnExifOrientation_ReachesTheModelUpright(int orientation)
    {
        await using var app = PredictionServer.Create(() => new Viewer(), port: 0);
        await app.StartAsync();
        using var client = Client(app);
        Assert.AreEqual("32x16: white grey, black black", (await Ask(client, PhotoAsStored(orientation))).Class);
    }

    [TestMethod]
    [DataRow("no image at all", "The body is no image: send the bytes of a PNG or JPEG file.")]
    [DataRow("", "The body is no image: send the bytes of a PNG or JPEG file.")]
    public async Task Predict_NoImage_IsABadRequestThatSaysSo(string body, string message)
    {
        await using var app = await Start();
        using var client = Client(app);
        using var response = await client.PostAsync("predict", new StringContent(body));
        Assert.AreEqual(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.AreEqual(message, await response.Content.ReadAsStringAsync());
    }

    [TestMethod]
    public async Task Predict_ADamagedOrAnEnormousImage_IsABadRequestThatSaysWhich()
    {
        await using var app = await Start();
        using var client = Client(app);
        // An empty bitmap compresses well, to a file of a few kilobytes.
        using var bitmap = new SKBitmap(50_001, 1_000, SKColorType.Gray8, SKAlphaType.Opaque);
        using var enormous = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        foreach (var (file, message) in new[]
        {
            (images[0][..^40], "The image is damaged or cut short: send the whole file."),
            (enormous.ToArray(), "The image has 50001 x 1000 pixels: send at most 50000000."),
        })
        {
            using var response = await client.PostAsync("predict", new ByteArrayContent(file));
            Assert.AreEqual(message, await response.Content.ReadAsStringAsync());
            Assert.AreEqual(HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    [TestMethod]
    public async Task Reload_ADamagedZip_KeepsTheOldModel()
    {
        await using var app = await Start();
        using var client = Client(app);
        var before = await Ask(client, images[2]);
        await File.WriteAllTextAsync(zip, "no zip");
        using var response = await client.PostAsync("reload", null);
        Assert.AreEqual(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.StartsWith("The old model stays. ", await response.Content.ReadAsStringAsync());
        Assert.IsTrue(Same(before, await Ask(client, images[2])));
    }

    private static HttpClient Client(WebApplication app) => new(new SocketsHttpHandler { MaxConnectionsPerServer = Connections + 1 })
    {
        BaseAddress = new Uri(app.Urls.Single()),
    };

    private static async Task<Answer> Ask(HttpClient client, byte[] image)
    {
        using var response = await client.PostAsync("predict", new ByteArrayContent(image));
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<Answer>())!;
    }

    private static bool Same(Answer a, Answer b) => a.Class == b.Class && a.Probabilities.SequenceEqual(b.Probabilities);

    private static string Save(string name, int seed)
    {
        var context = new MLContext(1);
        var rows = SyntheticImages.Rows(240).Select(row => new Row { Label = row.Label, Image = Image(row.Features) });
        var data = context.Data.LoadFromEnumerable(rows);
        var options = SyntheticImages.Quick();
        (options.Seed, options.NumberOfEpochs) = (seed, 6);
        var model = context.Transforms.ExtractPixels("Features", "Image", ImagePixelExtractingEstimator.ColorBits.Red)
            .Append(context.Transforms.Conversion.MapValueToKey("Label"))
            .Append(context.MulticlassClassification.Trainers.Nin(options))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(data);
        return Write(context, model, data.Schema, name);
    }

    /// <summary>LoadImages, ResizeImages, ExtractPixels; three channels.</summary>
    private static string SaveFromPaths()
    {
        var context = new MLContext(1);
        foreach (var (name, shade) in new[] { ("dark", 20), ("light", 230) })
        {
            using var image = Image([.. Enumerable.Repeat((float)shade, Side * Side)]);
            image.Save(Path.Combine(folder.FullName, $"{name}.png"));
        }

        var names = Enumerable.Range(0, 60).Select(i => i % 2 == 0 ? "dark" : "light");
        var rows = names.Select(name => new { Path = $"{name}.png", Label = name });

        var data = context.Data.LoadFromEnumerable(rows);
        var model = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.Transforms.LoadImages("Image", folder.FullName, "Path"))
            .Append(context.Transforms.ResizeImages("Image", Side, Side))
            .Append(context.Transforms.ExtractPixels("Features", "Image"))
            // A pipeline appended as a whole is a chain in the chain.
            .Append(context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick())
                .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel")))
            .Fit(data);
        return Write(context, model, data.Schema, "paths.zip");
    }

    private static string Write(MLContext context, ITransformer model, DataViewSchema schema, string name)
    {
        var path = Path.Combine(folder.FullName, name);
        context.Model.Save(model, schema, path);
        (model as IDisposable)?.Dispose();
        return path;
    }

    /// <summary>A JPEG, upright 32x16 pixels, white and grey above and black below, as a camera held in some way stores it.</summary>
    private static byte[] PhotoAsStored(int orientation)
    {
        var (height, width) = orientation > 4 ? (32, 16) : (16, 32);
        using var bitmap = new SKBitmap(width, height);
        for (var row = 0; row < height; row++)
        {
            for (var column = 0; column < width; column++)
            {
                // Where the stored row and column belong, by EXIF's definition: row 0 is the top (1, 2), bottom, left or right side.
                var (y, x) = orientation switch
                {
                    1 => (row, column),
                    2 => (row, width - 1 - column),
                    3 => (height - 1 - row, width - 1 - column),
                    4 => (height - 1 - row, column),
                    5 => (column, row),
                    6 => (column, height - 1 - row),
                    7 => (width - 1 - column, height - 1 - row),
                    _ => (width - 1 - column, row),
                };
                var value = (byte)(y >= 8 ? 0 : x < 16 ? 255 : 128);
                bitmap.SetPixel(column, row, new SKColor(value, value, value));
            }
        }

        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);
        return RawImages.WithOrientation(jpeg.ToArray(), (byte)orientation);
    }

    private static byte[] Png(float[] grey)
    {
        using var image = Image(grey);
        var path = Path.Combine(folder.FullName, "upload.png");
        image.Save(path);
        return File.ReadAllBytes(path);
    }

    private static MLImage Image(float[] grey) => MLImage.CreateFromPixels(
        Side, Side, MLPixelFormat.Bgra32, [.. grey.SelectMany(value => new[] { (byte)value, (byte)value, (byte)value, byte.MaxValue })]);

    private async Task<WebApplication> Start()
    {
        var app = PredictionServer.Create(() => NinImageModel.Load(zip), port: 0);
        await app.StartAsync();
        return app;
    }

    /// <summary>Says what it sees in the four quarters of an image.</summary>
    private sealed class Viewer : IImageModel
    {
        public Answer Predict(MLImage image)
        {
            var (width, height, pixels) = (image.Width, image.Height, image.Pixels.ToArray());
            var said = $"{width}x{height}: {Seen(2, 2)} {Seen(width - 3, 2)}, {Seen(2, height - 3)} {Seen(width - 3, height - 3)}";
            return new Answer(said, new Dictionary<string, float>());

            string Seen(int x, int y) => pixels[4 * ((y * width) + x)] switch { < 64 => "black", < 192 => "grey", _ => "white" };
        }

        public void Dispose()
        {
        }
    }

    private sealed class Row
    {
        public string Label { get; set; } = "";

        [ImageType(Side, Side)]
        public MLImage? Image { get; set; }
    }
}
