using Nin.Pipeline.Demo.DataSets;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class IdxFileTests : IDisposable
{
    private readonly IdxPair files = new();

    public void Dispose() => files.Dispose();

    [TestMethod]
    [DataRow("images")]
    [DataRow("images.gz")]
    public void ReadImages_WholeFile_GivesSizesAndBytes(string name)
    {
        var file = IdxFile.ReadImages(files.Write(name, [2, 1, 3], [1, 2, 3, 4, 5, 255]));
        Assert.AreEqual("2, 1, 3", string.Join(", ", file.Dimensions));
        Assert.AreEqual("1, 2, 3, 4, 5, 255", string.Join(", ", file.Values.ToArray()));
    }

    [TestMethod]
    [DataRow("images")]
    [DataRow("images.gz")]
    public void ReadImages_ValuesCutShort_NamesFileOffsetExpectedAndFound(string name)
    {
        var path = files.Write(name, [2, 2, 2], new byte[5]);
        AssertMessage(
            () => IdxFile.ReadImages(path), path,
            "at byte 21", "expected 8 bytes of images", "2 x 2 x 2", "found the end of the file after 5");
    }

    [TestMethod]
    public void ReadImages_HeaderCutShort_SaysHowLongItIs()
    {
        var path = files.Write("images", [1, 1], [], magic: 0x00000803);
        AssertMessage(() => IdxFile.ReadImages(path), path, "at byte 12", "expected a header of 16 bytes", "found the end of the file");
    }

    [TestMethod]
    public void ReadImages_EmptyFile_SaysSo()
    {
        File.WriteAllBytes(files.Path("images"), []);
        AssertMessage(() => IdxFile.ReadImages(files.Path("images")), files.Path("images"), "at byte 0", "found the end of the file");
    }

    [TestMethod]
    public void ReadImages_GzipCutShort_NamesFile()
    {
        var path = files.Write("images.gz", [40, 20, 20], [.. Enumerable.Range(0, 16000).Select(i => (byte)(i * i % 251))]);
        var whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
        AssertMessage(() => IdxFile.ReadImages(path), path, "at byte ", "expected ", "found ");
    }

    [TestMethod]
    public void ReadImages_GzipDamaged_NamesFile()
    {
        var path = files.Write("images.gz", [40, 20, 20], [.. Enumerable.Range(0, 16000).Select(i => (byte)(i * i % 251))]);
        var bytes = File.ReadAllBytes(path);
        bytes.AsSpan(20, 40).Fill(0xFF);
        File.WriteAllBytes(path, bytes);
        AssertMessage(() => IdxFile.ReadImages(path), path, "at byte ", "damaged gzip data");
    }

    [TestMethod]
    public void ReadImages_FileOfLabels_SaysSwapped()
    {
        var path = files.Write("train-images-idx3-ubyte", [12], new byte[12]);
        AssertMessage(() => IdxFile.ReadImages(path), path, "at byte 0", "0x00000803", "found 0x00000801", "swapped?");
    }

    [TestMethod]
    public void ReadLabels_FileOfImages_SaysSwapped()
    {
        var path = files.Write("train-labels-idx1-ubyte", [1, 2, 2], new byte[4]);
        AssertMessage(() => IdxFile.ReadLabels(path), path, "at byte 0", "0x00000801", "found 0x00000803", "swapped?");
    }

    [TestMethod]
    public void ReadImages_WrongMagic_GivesBoth()
    {
        var path = files.Write("images", [1, 1, 1], [7], magic: 0x00000D03);
        AssertMessage(() => IdxFile.ReadImages(path), path, "at byte 0", "expected the magic number 0x00000803", "found 0x00000D03");
    }

    [TestMethod]
    public void ReadImages_MoreBytesThanItSays_TellsHowMany()
    {
        var path = files.Write("images", [1, 1, 1], [7, 8, 9]);
        AssertMessage(() => IdxFile.ReadImages(path), path, "at byte 17", "expected the end of the file", "found 2 more bytes");
    }

    // 64 MB of zeros are 64 KB of gzip.
    [TestMethod]
    public void ReadImages_GzipOfMuchMoreThanItPromises_TakesNoMemoryForIt()
    {
        var path = files.Write("images.gz", [1, 1, 1], new byte[64 << 20]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertMessage(() => IdxFile.ReadImages(path), path, "expected the end of the file", "found 67,108,863 more bytes");
        Assert.IsLessThan(2L << 20, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(-1)]
    public void ReadImages_ImpossibleSize_NamesDimension(int height)
    {
        var path = files.Write("images", [1, height, 1], [7]);
        AssertMessage(() => IdxFile.ReadImages(path), path, "at byte 8", "dimension 2 of 3", $"found {height}");
    }

    [TestMethod]
    public void ReadLabels_LabelNotBelowClasses_NamesOffsetAndRow()
    {
        var path = files.Write("labels", [4], [0, 9, 10, 1]);
        AssertMessage(
            () => IdxFile.ReadLabels(path, classes: 10), path,
            "at byte 10", "expected a label from 0 to 9", "found 10 (label of row 2)");
    }

    [TestMethod]
    public void CheckSameCount_FewerLabelsThanImages_NamesBothFiles()
    {
        var images = IdxFile.ReadImages(files.Write("images", [3, 1, 1], [1, 2, 3]));
        var labels = IdxFile.ReadLabels(files.Write("labels", [2], [0, 1]));
        AssertMessage(() => IdxFile.CheckSameCount(images, labels), labels.Path, images.Path, "at byte 4", "expected 3 labels", "found 2");
    }

    private static void AssertMessage(Action action, params string[] parts)
    {
        var exception = Assert.ThrowsExactly<InvalidDataException>(action);
        foreach (var part in parts)
            StringAssert.Contains(exception.Message, part, StringComparison.Ordinal);
    }
}
