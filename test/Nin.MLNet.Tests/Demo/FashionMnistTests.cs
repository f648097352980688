using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Training;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class FashionMnistTests : IDisposable
{
    private readonly MLContext context = new(1);
    private readonly IdxPair files = new();

    public void Dispose() => files.Dispose();

    [TestMethod]
    public void Load_ShippedFiles_GivesWholeFashionMnistWithClassNames()
    {
        var data = FashionMnist.Load(context);
        Assert.IsTrue(data.IsFashion);
        Assert.AreEqual(60_000, data.TrainImages.Count);
        Assert.AreEqual(10_000, data.TestImages.Count);
        Assert.AreEqual(
            "t-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot",
            string.Join(", ", data.ClassNames));
        Assert.AreEqual("ankle boot, t-shirt, t-shirt, dress", string.Join(", ", data.Train.GetColumn<string>("Label").Take(4)));
        Assert.AreEqual(60_000, data.Train.GetColumn<string>("Label").Count());
    }

    [TestMethod]
    [DataRow(28, 28)]
    [DataRow(20, 20)]
    [DataRow(9, 13)]
    public void Load_OtherIdxFiles_GivesTheirCountsSizesAndPixels(int height, int width)
    {
        files.WriteDataSet(train: 7, test: 4, height, width);
        var data = FashionMnist.Load(context, files.Directory);
        Assert.IsFalse(data.IsFashion);
        Assert.AreEqual((7, 4), (data.TrainImages.Count, data.TestImages.Count));
        var type = (ImageDataViewType)data.Train.Schema["Image"].Type;
        Assert.AreEqual((height, width), (type.Height, type.Width));

        var features = Preprocessing.Create(context, data).Fit(data.Train).Transform(data.Test);
        CollectionAssert.AreEqual(new[] { 1, height, width }, ((VectorDataViewType)features.Schema["Features"].Type).Dimensions.ToArray());
        var images = features.GetColumn<float[]>("Features").ToArray();
        for (var i = 0; i < 4; i++)
            CollectionAssert.AreEqual(
                Enumerable.Range(0, height * width).Select(p => (float)IdxPair.Pixel(i, p)).ToArray(),
                images[i], $"image {i}");
    }

    [TestMethod]
    public void Load_OtherIdxFiles_NamesClassesByTheirNumbers()
    {
        files.WriteDataSet(train: 7, test: 4, 5, 5);
        var data = FashionMnist.Load(context, files.Directory);
        Assert.AreEqual("0, 1, 2", string.Join(", ", data.ClassNames));
        Assert.AreEqual("0, 1, 2, 0, 1, 2, 0", string.Join(", ", data.Train.GetColumn<string>("Label")));
    }

    [TestMethod]
    public void Load_FewerRows_TakesTheFirst()
    {
        files.WriteDataSet(train: 7, test: 4, 5, 5);
        var data = FashionMnist.Load(context, files.Directory, trainRows: 2, testRows: 100);
        Assert.AreEqual("0, 1", string.Join(", ", data.Train.GetColumn<string>("Label")));
        Assert.AreEqual(4, data.TestImages.Count);
    }

    [TestMethod]
    public void Load_HoldOut_SetsTheLastTrainingImagesAside()
    {
        files.WriteDataSet(train: 7, test: 4, 5, 5);
        var data = FashionMnist.Load(context, files.Directory, holdOut: 2);
        Assert.AreEqual("0, 1, 2, 0, 1", string.Join(", ", data.Train.GetColumn<string>("Label")));
        Assert.AreEqual("2, 0", string.Join(", ", data.Test.GetColumn<string>("Label")));
        var features = Preprocessing.Create(context, data)
            .Fit(data.Train)
            .Transform(data.Test)
            .GetColumn<float[]>("Features")
            .ToArray();
        CollectionAssert.AreEqual(new float[] { IdxPair.Pixel(5, 0), IdxPair.Pixel(6, 0) }, features.Select(image => image[0]).ToArray());
        StringAssert.Contains(
            Assert.ThrowsExactly<ArgumentException>(() => FashionMnist.Load(context, files.Directory, holdOut: 7)).Message,
            "7 training images");
    }

    [TestMethod]
    public void Load_AllToTestOn_IsBothPairsOfFiles()
    {
        files.WriteDataSet(train: 7, test: 4, 5, 5);
        var data = new IdxFolderSource(files.Directory).Load(context, new Portion { TestsOnAll = true });
        Assert.AreEqual("0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 0", string.Join(", ", data.Test.GetColumn<string>("Label")));
        var firstPixels = Preprocessing.Create(context, data).Fit(data.Train).Transform(data.Test)
            .GetColumn<float[]>("Features").Select(image => image[0]);
        CollectionAssert.AreEqual(new float[] { 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3 }, firstPixels.ToArray());
    }

    [TestMethod]
    public void Load_Resize_ResizesTheImageColumn()
    {
        files.WriteDataSet(train: 3, test: 3, 5, 5);
        var data = FashionMnist.Load(context, files.Directory, resize: 10);
        var features = context.Transforms
            .ExtractPixels("Features", "Image", ImagePixelExtractingEstimator.ColorBits.Red)
            .Fit(data.Train)
            .Transform(data.Train);
        Assert.IsTrue(features.GetColumn<float[]>("Features").All(image => image.Length == 100));
    }

    [TestMethod]
    public void Train_ReadTwice_GivesTheSameImages()
    {
        files.WriteDataSet(train: 3, test: 3, 5, 5);
        var data = FashionMnist.Load(context, files.Directory);
        var features = Preprocessing.Create(context, data).Fit(data.Train).Transform(data.Train);
        var first = features.GetColumn<float[]>("Features").SelectMany(image => image).ToArray();
        CollectionAssert.AreEqual(first, features.GetColumn<float[]>("Features").SelectMany(image => image).ToArray());
    }

    [TestMethod]
    public void Load_TestLabelUnknownInTraining_NamesFileAndOffset()
    {
        files.WriteDataSet(train: 7, test: 2, 5, 5);
        files.Write("t10k-labels-idx1-ubyte", [2], [0, 3]);
        var exception = Assert.ThrowsExactly<InvalidDataException>(() => FashionMnist.Load(context, files.Directory));
        StringAssert.Contains(
            exception.Message,
            "t10k-labels-idx1-ubyte: at byte 9: expected a label from 0 to 2, found 3",
            StringComparison.Ordinal);
    }

    [TestMethod]
    public void Load_TestImagesOfOtherSize_NamesBothSizes()
    {
        files.WriteDataSet(train: 7, test: 2, 5, 5);
        files.Write("t10k-images-idx3-ubyte", [2, 5, 6], new byte[60]);
        var exception = Assert.ThrowsExactly<InvalidDataException>(() => FashionMnist.Load(context, files.Directory));
        StringAssert.Contains(exception.Message, "expected images of 5x5 pixels", StringComparison.Ordinal);
        StringAssert.Contains(exception.Message, "found 5x6", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Load_FileMissing_NamesFolderAndFile()
    {
        var exception = Assert.ThrowsExactly<FileNotFoundException>(() => FashionMnist.Load(context, files.Directory));
        StringAssert.Contains(exception.Message, files.Directory, StringComparison.Ordinal);
        StringAssert.Contains(exception.Message, "train-images-idx3-ubyte", StringComparison.Ordinal);
    }
}
