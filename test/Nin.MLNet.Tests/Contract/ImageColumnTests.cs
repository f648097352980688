using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Tests.Contract;

/// <summary>Images as features, without ExtractPixels.</summary>
[TestClass]
public sealed class ImageColumnTests
{
    private const int Side = 12;
    private static readonly MLContext Context = new(1);

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Fit_ImagesOfAFolder_LearnsWhatTheirExtractedPixelsTeach(bool isSizeKnown)
    {
        var folder = Directory.CreateTempSubdirectory();
        var data = Files(folder, grey: false);
        using var fromImages = Fit(data, isSizeKnown ? "Sized" : "Image");
        using var fromPixels = Fit(data, "Pixels");
        Assert.AreEqual("3x12x12", $"{fromImages.Model.ImageLayout.Shape}");
        Assert.AreEqual(isSizeKnown ? new ImageDataViewType(Side, Side) : new ImageDataViewType(), fromImages.FeatureColumnType);
        AssertSame(Scores(fromPixels, data), Scores(fromImages, data));
        folder.Delete(recursive: true);
    }

    [TestMethod]
    public void Fit_GreyImages_ReadsOneChannelAndRefusesColouredOnes()
    {
        var folder = Directory.CreateTempSubdirectory();
        var data = Files(folder, grey: true);
        using var fromImages = Fit(data);
        Assert.AreEqual(new NinImageShape(1, Side, Side), fromImages.Model.ImageLayout.Shape);
        using var fromPixels = Fit(data, "Pixels");
        AssertSame(Scores(fromPixels, data), Scores(fromImages, data));
        folder.Delete(recursive: true);

        var coloured = Keyed(Rows(3, grey: false));
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Scores(fromImages, coloured));
        StringAssert.Contains(error.Message, "ConvertToGrayscale");
        Assert.IsTrue(InBox.IsMarked(error));
        var grey = Context.Transforms.ConvertToGrayscale("Image").Fit(coloured).Transform(coloured);
        Assert.HasCount(3, Scores(fromImages, grey));
    }

    // Nothing is left open, and the rows may come from a source that can be read only once.
    [TestMethod]
    public void Fit_SizedImagesAndAnInitialModel_ReadsTheRowsOnce()
    {
        var folder = Directory.CreateTempSubdirectory();
        var data = Files(folder, grey: false);
        using var known = Fit(data, "Sized");
        var options = Options("Sized");
        options.InitialModel = known.Model;
        var watched = new WatchedView(data);
        Context.MulticlassClassification.Trainers.Nin(options).Fit(watched).Dispose();
        Assert.AreEqual(1, watched.CursorsOpened);
        folder.Delete(recursive: true);
    }

    [TestMethod]
    public void Fit_ColourAfterManyGreyImages_SaysHowToReadColours()
    {
        var data = Keyed([.. Rows(34, grey: true), .. Rows(6, grey: false)]);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Fit(data));
        StringAssert.Contains(error.Message, "row 34");
        StringAssert.Contains(error.Message, "Options.ImageShape of 3 channels");
        var options = Options("Image");
        options.ImageShape = new NinImageShape(3, Side, Side);
        using var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        Assert.HasCount(40, Scores(model, data));
    }

    [TestMethod]
    public void Predict_OneImage_GivesTheScoresAndMapsOfTheBatch()
    {
        var rows = Rows(40, grey: false);
        var data = Keyed(rows);
        using var model = Fit(data);
        var maps = Context.Transforms.CalculateClassActivationMaps(model, resizeToImage: true).Fit(data);
        var chain = model.Append(maps);
        using var stream = new MemoryStream();
        Context.Model.Save(chain, data.Schema, stream);
        stream.Position = 0;
        using var loaded = (TransformerChain<ITransformer>)new MLContext().Model.Load(stream, out _);
        Assert.AreEqual(model.FeatureColumnType, loaded.OfType<NinTransformer>().Single().FeatureColumnType);
        var batched = Context.Data.CreateEnumerable<Scored>(loaded.Transform(data), reuseRowObject: false).ToList();
        using var engine = Context.Model.CreatePredictionEngine<Picture, Scored>(loaded);
        for (var i = 0; i < 5; i++)
        {
            var one = engine.Predict(new Picture { Image = rows[i].Image });
            AssertClose(batched[i].Score, one.Score, 1e-5);
            AssertClose(batched[i].ClassActivationMaps, one.ClassActivationMaps, 1e-4);
        }

        // Nothing disposed them: they belong to the caller.
        Assert.AreEqual(Side, rows[0].Image!.Height);
    }

    [TestMethod]
    public void Transform_AnyPixelFormatAndAlpha_GivesTheSameScores()
    {
        var rows = Rows(40, grey: false);
        using var model = Fit(Keyed(rows));
        var others = rows.Select(row => new ImageRow { Label = row.Label, Image = Reordered(row.Image!) }).ToArray();
        AssertSame(Scores(model, Keyed(rows)), Scores(model, Keyed(others)));
    }

    [TestMethod]
    [DataRow(9, 11)]
    [DataRow(9, 12)]
    [DataRow(12, 11)]
    public void FitAndTransform_ImagesOfSeveralSizes_NameTheSizeAndTheWayOut(int width, int height)
    {
        var rows = Rows(40, grey: false);
        using var model = Fit(Keyed(rows));
        rows[7].Image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Bgra32, new byte[width * height * 4]);
        var data = Keyed(rows);
        foreach (Action way in new Action[] { () => Fit(data), () => Scores(model, data) })
        {
            var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(way);
            foreach (var part in new[] { "'Image'", $"{height}x{width}", "row 7", "12x12", "ResizeImages(\"Image\", 12, 12)" })
                StringAssert.Contains(error.Message, part);
            Assert.IsTrue(InBox.IsMarked(error));
        }
    }

    [TestMethod]
    public void FitAndTransform_RowWithoutImage_IsLeftOutAndGetsNoScore()
    {
        var rows = Rows(40, grey: false);
        rows[3].Image = null;
        var data = Keyed(rows);
        var context = new MLContext(1);
        var messages = new List<string>();
        context.Log += (_, e) => messages.Add(e.Message);
        using var model = context.MulticlassClassification.Trainers.Nin(Options("Image")).Fit(data);
        Assert.IsTrue(messages.Any(message => message.Contains("1 row(s) skipped: 1 without an image", StringComparison.Ordinal)));
        var scores = Scores(model, data);
        CollectionAssert.AreEqual(
            new[] { false, false, true, false }, scores.Skip(1).Take(4).Select(score => score.All(float.IsNaN)).ToArray());
        var options = Options("Image");
        options.OnBadRow = NinTrainer.BadRowAction.Throw;
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => Context.MulticlassClassification.Trainers.Nin(options).Fit(data));
        StringAssert.Contains(error.Message, "no image in row 3");
    }

    [TestMethod]
    public void Fit_WrongShapeOrType_IsRefused()
    {
        var data = Keyed(Rows(40, grey: false));
        var options = Options("Image");
        options.ImageShape = new NinImageShape(4, Side, Side);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => Context.MulticlassClassification.Trainers.Nin(options).Fit(data));
        StringAssert.Contains(error.Message, "4x12x12");

        using var model = Fit(data);
        var vectors = Context.Transforms.ExtractPixels("Pixels", "Image").Append(Context.Transforms.CopyColumns("Image", "Pixels"))
            .Fit(data).Transform(data);
        error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.Transform(vectors));
        StringAssert.Contains(error.Message, "Vector<Single, 3, 12, 12>");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => Context.MulticlassClassification.Trainers.Nin(Options("Image")).Fit(data, vectors));
        var empty = Rows(6, grey: false);
        foreach (var row in empty)
            row.Image = null;
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => Fit(Keyed(empty))).Message, "'Image'");
    }

    [TestMethod]
    public void GetOutputSchema_ImageColumn_IsAccepted()
    {
        var data = Keyed(Rows(40, grey: false));
        var promised = Context.MulticlassClassification.Trainers.Nin(Options("Image")).GetOutputSchema(SchemaShapes.Of(data.Schema));
        Assert.IsTrue(promised.Any(column => column.Name == "Score"));
        using var model = Fit(data);
        var maps = Context.Transforms.CalculateClassActivationMaps(model).GetOutputSchema(SchemaShapes.Of(data.Schema));
        Assert.IsTrue(maps.Any(column => column.Name == "ClassActivationMaps"));
    }

    /// <summary>Image files as they are (Image), resized (Sized), and their pixels, one channel if grey (Pixels).</summary>
    private static IDataView Files(DirectoryInfo folder, bool grey)
    {
        var rows = Rows(40, grey);
        for (var i = 0; i < rows.Length; i++)
            rows[i].Image!.Save(Path.Combine(folder.FullName, $"{i}.png"));
        var files = Context.Data.LoadFromEnumerable(rows.Select((row, i) => new FileRow { Path = $"{i}.png", Label = row.Label }));
        var colours = grey ? ImagePixelExtractingEstimator.ColorBits.Red : ImagePixelExtractingEstimator.ColorBits.Rgb;
        return Context.Transforms.Conversion.MapValueToKey("Label")
            .Append(Context.Transforms.LoadImages("Image", folder.FullName, "Path"))
            .Append(Context.Transforms.ResizeImages("Sized", Side, Side, "Image"))
            .Append(Context.Transforms.ExtractPixels("Pixels", "Sized", colours))
            .Fit(files).Transform(files);
    }

    private static NinTransformer Fit(IDataView data, string features = "Image") =>
        Context.MulticlassClassification.Trainers.Nin(Options(features)).Fit(data);

    private static NinTrainer.Options Options(string features)
    {
        var options = SyntheticImages.Quick();
        (options.FeatureColumnName, options.NumberOfEpochs) = (features, 2);
        return options;
    }

    /// <summary>Bars as in <see cref="SyntheticImages"/>, each in one colour, or grey.</summary>
    private static ImageRow[] Rows(int count, bool grey) =>
    [
        .. SyntheticImages.Rows(count, seed: grey ? 1 : 2).Select((row, number) =>
        {
            var pixels = new byte[Side * Side * 4];
            for (var i = 0; i < Side * Side; i++)
            {
                for (var channel = 0; channel < 3; channel++)
                    pixels[(i * 4) + channel] = (byte)(row.Features[i] / (grey ? 1 : 1 + ((channel + number) % 3)));
                pixels[(i * 4) + 3] = 255;
            }

            return new ImageRow { Label = row.Label, Image = MLImage.CreateFromPixels(Side, Side, MLPixelFormat.Bgra32, pixels) };
        }),
    ];

    /// <summary>The same colours in the other byte order, with a different alpha.</summary>
    private static MLImage Reordered(MLImage image)
    {
        var pixels = image.Pixels.ToArray();
        for (var i = 0; i < pixels.Length; i += 4)
            (pixels[i], pixels[i + 2], pixels[i + 3]) = (pixels[i + 2], pixels[i], (byte)i);
        return MLImage.CreateFromPixels(image.Width, image.Height, MLPixelFormat.Rgba32, pixels);
    }

    private static IDataView Keyed(ImageRow[] rows)
    {
        var data = Context.Data.LoadFromEnumerable(rows);
        return Context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private static List<float[]> Scores(NinTransformer model, IDataView data) => [.. model.Transform(data).GetColumn<float[]>("Score")];

    private static void AssertSame(List<float[]> expected, List<float[]> found)
    {
        Assert.HasCount(expected.Count, found);
        foreach (var (one, other) in expected.Zip(found))
            CollectionAssert.AreEqual(one, other);
    }

    private static void AssertClose(float[] expected, float[] found, double tolerance)
    {
        Assert.HasCount(expected.Length, found);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], found[i], tolerance);
    }

    private sealed class Picture
    {
        [ImageType(Side, Side)]
        public MLImage? Image { get; set; }
    }

    private sealed class ImageRow
    {
        public string Label { get; set; } = "";

        [ImageType(Side, Side)]
        public MLImage? Image { get; set; }
    }

    private sealed class FileRow
    {
        public string Label { get; set; } = "";

        public string Path { get; set; } = "";
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];

        public float[] ClassActivationMaps { get; set; } = [];
    }
}
