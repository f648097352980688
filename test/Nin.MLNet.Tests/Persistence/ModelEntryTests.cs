using Nin.MLNet.Network;
using Nin.MLNet.Persistence;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Persistence;

/// <summary>What the entry's reader accepts and rejects, in terms of its own types; StrangersFilesTests does the same with bytes.</summary>
[TestClass]
public sealed class ModelEntryTests
{
    // The smallest image is 3x3.
    private static readonly NinArchitecture Colours = new(3, [new NinBlock([2], 3, 1, 0)]);
    private static readonly ModelDescription Description = new(
        Colours, new Normalization([100, 110, 120], [50, 60, 70]), Layout(4, 5), null, NinTrainer.Precision.Auto, "Features", []);

    [TestMethod]
    [DataRow(3, 3, null)]
    [DataRow(1, 1, 3)]
    public void Read_ImagesThatFitTheNetwork_GivesThemBack(int height, int width, int? resizeTo)
    {
        var content = ModelEntry.Read(Written(Description with { ImageLayout = Layout(height, width), ResizeTo = resizeTo }));
        using var network = content.Network;
        Assert.AreEqual(new NinImageShape(3, height, width), content.Description.ImageLayout.Shape);
        Assert.AreEqual(resizeTo, content.Description.ResizeTo);
    }

    [TestMethod]
    [DataRow(2, 5)]
    [DataRow(5, 2)]
    public void Read_ImagesWithOneSideTooSmall_IsRefused(int height, int width) =>
        AssertRefused(Written(Description with { ImageLayout = Layout(height, width) }), "smaller than the network's windows");

    [TestMethod]
    public void Read_OneChannelOutOfRange_IsRefused()
    {
        AssertRefused(Written(Description with { Normalization = new([100, float.NaN, 120], [50, 60, 70]) }), "a mean is not finite");
        AssertRefused(Written(Description with { Normalization = new([100, 110, 120], [50, 60, 0]) }), "not above 0");
    }

    [TestMethod]
    public void Read_MoreParametersThanTheWeightsHold_IsRefusedBeforeTheNetworkIsBuilt() =>
        AssertRefused(Written(Description with { Architecture = new(3, [new NinBlock([10], 3, 1, 0)]) }), "more than its");

    [TestMethod]
    public void Read_WeightsOfAnotherShape_IsRefused() =>
        AssertRefused(Written(Description with { Architecture = new(3, [new NinBlock([2], 1, 1, 0)]) }), "of shape [2, 3, 3, 3]");

    [TestMethod]
    [DataRow(0)]
    [DataRow(7)]
    public void Read_ShorterThanItsMagic_IsRefused(int length) =>
        AssertRefused(new MemoryStream(Written(Description).ToArray()[..length]), "The model entry starts with");

    [TestMethod]
    public void Read_NegativeLength_IsRefused()
    {
        var bytes = Written(Description).ToArray();
        BitConverter.GetBytes(-1).CopyTo(bytes, 12);
        AssertRefused(new MemoryStream(bytes), "its description has a length of -1");
    }

    [TestMethod]
    public void Read_OneBitOfTheWeightsFlipped_IsRefused()
    {
        var bytes = Written(Description).ToArray();
        bytes[^60] ^= 1;
        AssertRefused(new MemoryStream(bytes), "its hash is not that of its content");
    }

    private static NinImageLayout Layout(int height, int width) => NinImageLayout.Flat(new NinImageShape(3, height, width));

    private static void AssertRefused(Stream entry, string said)
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => ModelEntry.Read(entry));
        StringAssert.Contains(error.Message, said);
    }

    /// <summary>A complete entry with this description and the weights of <see cref="Colours"/>.</summary>
    private static MemoryStream Written(ModelDescription description)
    {
        using var network = new NinNetwork(Colours, CPU);
        var stream = new MemoryStream();
        ModelEntry.Write(stream, description, network, []);
        stream.Position = 0;
        return stream;
    }
}
