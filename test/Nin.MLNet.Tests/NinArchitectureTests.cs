namespace Nin.MLNet.Tests;

[TestClass]
public sealed class NinArchitectureTests
{
    [TestMethod]
    public void Summarize_D2LAt224_GivesTheBooksShapes()
    {
        string[] expected =
        [
            "1,96,54,54", "1,96,26,26", "1,256,26,26", "1,256,12,12", "1,384,12,12", "1,384,5,5", "1,384,5,5",
            "1,10,5,5", "1,10,1,1", "1,10",
        ];
        var rows = NinArchitecture.D2L().Summarize(224, 224).Rows;
        CollectionAssert.AreEqual(expected, rows.Select(row => string.Join(",", row.OutputShape)).ToArray());
    }

    [TestMethod]
    public void ParameterCount_D2L_IsTheBooks() => Assert.AreEqual(1_992_166, NinArchitecture.D2L().ParameterCount);

    [TestMethod]
    public void Summarize_D2LAt224_AddsUpMultiplyAdds()
    {
        // By hand: first layer 96 x 121 x 54 x 54; the pooling adds nothing.
        var summary = NinArchitecture.D2L().Summarize(224, 224);
        const long pixels = 54 * 54;
        Assert.AreEqual((96L * 121 * pixels) + (2 * 96L * 96 * pixels), summary.Rows[0].MultiplyAdds);
        Assert.AreEqual(0, summary.Rows[1].MultiplyAdds);
        Assert.AreEqual(summary.Rows.Sum(row => row.MultiplyAdds), summary.MultiplyAdds);
    }

    [TestMethod]
    public void ToString_D2L_PrintsEachLayersChannelsKernelStrideAndPadding()
    {
        var text = NinArchitecture.D2L().ToString();
        StringAssert.Contains(text, "(0.0) Conv2d(1 -> 96, kernel 11x11, stride 4, padding 0)");
        StringAssert.Contains(text, "(2.0) Conv2d(96 -> 256, kernel 5x5, stride 1, padding 2)");
        StringAssert.Contains(text, "(4.4) Conv2d(384 -> 384, kernel 1x1, stride 1, padding 0)");
        StringAssert.Contains(text, "(6) Dropout(0.5)");
        StringAssert.Contains(text, "(7.0) Conv2d(384 -> 10, kernel 3x3, stride 1, padding 1)");
    }

    [TestMethod]
    public void NinBlock_OneNumber_IsAConvolutionAndTwoPointwiseOnes() =>
        CollectionAssert.AreEqual(new[] { 96, 96, 96 }, new NinBlock(96, 11, 4, 0).Channels.ToArray());

    [TestMethod]
    public void Cifar_Blocks_AreThePapers()
    {
        var architecture = NinArchitecture.Cifar(classes: 100);
        CollectionAssert.AreEqual(new[] { 192, 160, 96 }, architecture.Blocks[0].Channels.ToArray());
        CollectionAssert.AreEqual(new[] { 192, 192, 100 }, architecture.Blocks[2].Channels.ToArray());
        Assert.AreEqual(0.5, architecture.Blocks[0].Dropout);
        CollectionAssert.AreEqual(new[] { 1, 100 }, architecture.Summarize(32, 32).Rows[^1].OutputShape.ToArray());
    }

    [TestMethod]
    public void Summarize_ImageTooSmall_NamesTheSmallestThatFits()
    {
        var architecture = NinArchitecture.D2L();
        var error = Assert.ThrowsExactly<ArgumentException>(() => architecture.Summarize(28, 28));
        StringAssert.Contains(error.Message, $"{architecture.FindSmallestImage()}x{architecture.FindSmallestImage()}");
        Assert.IsNotEmpty(architecture.Summarize(architecture.FindSmallestImage(), architecture.FindSmallestImage()).Rows);
    }

    [TestMethod]
    [DataRow(0, 3, 1, 1, "Channels")]
    [DataRow(8, 0, 1, 1, "KernelSize")]
    [DataRow(8, 3, 0, 1, "Stride")]
    [DataRow(8, 3, 1, -1, "Padding")]
    public void Constructor_SizeOutOfRange_NamesIt(int channels, int kernel, int stride, int padding, string name)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => new NinArchitecture(1, [new NinBlock(channels, kernel, stride, padding)]));
        StringAssert.Contains(error.Message, name);
    }

    [TestMethod]
    public void Equals_SameBlocks_IsTrue()
    {
        Assert.AreEqual(NinArchitecture.D2L(), NinArchitecture.D2L());
        Assert.AreNotEqual(NinArchitecture.D2L(), NinArchitecture.D2L(classes: 5));
    }
}
