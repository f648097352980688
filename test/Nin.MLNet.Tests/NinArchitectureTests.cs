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
        Assert.IsTrue(architecture.Blocks.Select(block => block.Dropout).SequenceEqual([0.5, 0.5, 0]));
        NinPooling?[] pooling = [new(NinPoolingKind.Max, 3, 2, 1), new(NinPoolingKind.Average, 3, 2, 1), null];
        CollectionAssert.AreEqual(pooling, architecture.Blocks.Select(block => block.Pooling).ToArray());
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

    private const int MostChannels = 1 << 20, LargestWindow = 1 << 15;

    public static IEnumerable<object[]> OutOfRange =>
    [
        [0, Block(), "InputChannels is 0"],
        [MostChannels + 1, Block(), "InputChannels"],
        [1, Block(channels: []), "Blocks[0].Channels has 0 values"],
        [1, Block(channels: [.. Enumerable.Repeat(2, 1_001)]), "Blocks[0].Channels has 1001 values"],
        [1, Block(channels: [MostChannels + 1]), "Blocks[0].Channels is"],
        [1, Block(channels: [8, 1]), "1 output channel"],
        [1, Block(kernel: LargestWindow + 1), "Blocks[0].KernelSize"],
        [1, Block(stride: LargestWindow + 1), "Blocks[0].Stride"],
        [1, Block(padding: 3), "Blocks[0].Padding is 3"],
        [1, Block(dropout: 1), "Blocks[0].Dropout is 1"],
        [1, Block(dropout: -0.1), "Blocks[0].Dropout is -0.1"],
        [1, Block(dropout: double.NaN), "Blocks[0].Dropout is NaN"],
        [1, Block(pooling: new(NinPoolingKind.Max, 0, 1)), "Blocks[0].Pooling.KernelSize is 0"],
        [1, Block(pooling: new(NinPoolingKind.Max, LargestWindow + 1, 1)), "Blocks[0].Pooling.KernelSize"],
        [1, Block(pooling: new(NinPoolingKind.Max, 3, 0)), "Blocks[0].Pooling.Stride is 0"],
        [1, Block(pooling: new(NinPoolingKind.Max, 3, LargestWindow + 1)), "Blocks[0].Pooling.Stride"],
        [1, Block(pooling: new(NinPoolingKind.Max, 3, 1, -1)), "Blocks[0].Pooling.Padding is -1"],
        [1, Block(pooling: new(NinPoolingKind.Max, 3, 1, 2)), "at most half of the kernel size 3"],
        // 2^29 - 1 weights fit: with its input channels, this block has one more.
        [1 << 10, Block(channels: [1 << 19], kernel: 1, padding: 0), "536,870,912 weights"],
        [1, Block(channels: [1 << 14, 1 << 15], kernel: 1, padding: 0), "weights"],
        [1, Block(channels: [MostChannels], kernel: 23), "554,696,704 weights"],
    ];

    public static IEnumerable<object[]> AtTheEdge =>
    [
        [MostChannels, Block(channels: [2], kernel: 1, padding: 0)],
        [1, Block(channels: [.. Enumerable.Repeat(2, 1_000)])],
        [1, Block(channels: [MostChannels, 2])],
        [1, Block(channels: [1, 2])],
        [1, Block(channels: [2], kernel: 1, stride: LargestWindow, padding: 0)],
        [1, Block(padding: 2)],
        [1, Block(dropout: 0.999)],
        [1, Block(pooling: new(NinPoolingKind.Max, LargestWindow, LargestWindow, LargestWindow / 2))],
        [1, Block(pooling: new(NinPoolingKind.Average, 1, 1))],
        [1, Block(pooling: new(NinPoolingKind.Max, 2, 1, 1))],
    ];

    [TestMethod]
    [DynamicData(nameof(OutOfRange))]
    public void Constructor_ValueOutOfRange_SaysWhich(int inputChannels, NinBlock block, string said)
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new NinArchitecture(inputChannels, [block]));
        StringAssert.Contains(error.Message, said);
    }

    [TestMethod]
    [DynamicData(nameof(AtTheEdge))]
    public void Constructor_ValueAtTheEdgeOfItsRange_IsTaken(int inputChannels, NinBlock block) =>
        Assert.AreEqual(inputChannels, new NinArchitecture(inputChannels, [block]).InputChannels);

    [TestMethod]
    public void Constructor_NumberOfBlocks_IsOneToAThousand()
    {
        Assert.HasCount(1_000, new NinArchitecture(1, [.. Enumerable.Repeat(Block(), 1_000)]).Blocks);
        Assert.ThrowsExactly<ArgumentException>(() => new NinArchitecture(1, []));
        Assert.ThrowsExactly<ArgumentException>(() => new NinArchitecture(1, [.. Enumerable.Repeat(Block(), 1_001)]));
        // Weights are summed over all blocks: each block alone would fit.
        Assert.ThrowsExactly<ArgumentException>(() => new NinArchitecture(1, [.. Enumerable.Repeat(Block([1 << 14], 1, 1, 0), 3)]));
    }

    [TestMethod]
    public void Constructor_Null_IsNamed()
    {
        Assert.AreEqual("blocks", Assert.ThrowsExactly<ArgumentNullException>(() => new NinArchitecture(1, null!)).ParamName);
        Assert.AreEqual("channels", Assert.ThrowsExactly<ArgumentNullException>(() => new NinBlock(null!, 3, 1, 1)).ParamName);
        var error = Assert.ThrowsExactly<ArgumentException>(() => new NinArchitecture(1, [Block(), null!]));
        StringAssert.Contains(error.Message, "Blocks[1]");
    }

    [TestMethod]
    public void Small_AnyWidth_DoublesItsChannelsAtEachPooling()
    {
        var small = NinArchitecture.Small(3, 7, 12);
        CollectionAssert.AreEqual(
            new[] { "6,6", "12,12 Max 3/2/1", "24,24", "24,24 Max 3/2/1", "48,48", "48,48,7" }, Describe(small));
        Assert.IsTrue(small is { InputChannels: 3, BatchNorm: true, LastReLU: false });
        Assert.AreEqual(327_354, NinArchitecture.Small().ParameterCount);
        Assert.AreEqual(8, NinArchitecture.Small(width: 8).Blocks[1].OutChannels);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NinArchitecture.Small(width: 7));
    }

    [TestMethod]
    public void Deep_AnyWidth_WidensItsChannelsAtEachPooling()
    {
        var deep = NinArchitecture.Deep(3, 7, 12);
        CollectionAssert.AreEqual(
            new[] { "12,12", "12,12 Max 3/2/1", "30,30", "30,30", "30,30 Max 3/2/1", "60,60", "60,60", "60,60,7" }, Describe(deep));
        Assert.IsTrue(deep is { InputChannels: 3, BatchNorm: true, LastReLU: false });
        Assert.AreEqual(828_106, NinArchitecture.Deep().ParameterCount);
        Assert.AreEqual(8, NinArchitecture.Deep(width: 8).Blocks[0].OutChannels);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => NinArchitecture.Deep(width: 7));
    }

    [TestMethod]
    public void Equals_SameValues_IsTrue()
    {
        var book = NinArchitecture.D2L();
        Assert.AreEqual(book, NinArchitecture.D2L());
        Assert.AreEqual(book.GetHashCode(), NinArchitecture.D2L().GetHashCode());
        Assert.IsTrue(book is { BatchNorm: false, LastReLU: true });
        Assert.AreNotEqual(book, NinArchitecture.D2L(classes: 5));
        Assert.AreNotEqual(book, book with { BatchNorm = true });
        Assert.AreNotEqual(book, book with { LastReLU = false });
        Assert.AreNotEqual(Block(), Block(dropout: 0.5));
        Assert.AreNotEqual(Block(), Block(channels: [8, 8, 8]));
        Assert.AreEqual(Block().GetHashCode(), Block().GetHashCode());
        Assert.IsFalse(book.Equals(null));
    }

    private static NinBlock Block(
        int[]? channels = null, int kernel = 3, int stride = 1, int padding = 1, double dropout = 0, NinPooling? pooling = null) =>
        new(channels ?? [8, 2], kernel, stride, padding) { Dropout = dropout, Pooling = pooling };

    /// <summary>Each block's channels and pooling; all convolutions have 3x3 windows, stride 1 and padding 1.</summary>
    private static string[] Describe(NinArchitecture architecture)
    {
        Assert.IsTrue(architecture.Blocks.All(block => block is { KernelSize: 3, Stride: 1, Padding: 1, Dropout: 0 }));
        return [.. architecture.Blocks.Select(block => string.Join(',', block.Channels) +
            (block.Pooling is { } pooling ? $" {pooling.Kind} {pooling.KernelSize}/{pooling.Stride}/{pooling.Padding}" : ""))];
    }
}
