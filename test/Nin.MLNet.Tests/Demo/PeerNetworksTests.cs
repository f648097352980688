using Nin.Pipeline.Demo.Reports;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class PeerNetworksTests
{
    [TestMethod]
    public void AlexNet_TheBooksInput_HasTheBooksParameters() => Assert.AreEqual(46_764_746, PeerNetworks.AlexNet().Parameters);

    [TestMethod]
    public void Vgg11_TheBooksInput_HasTheBooksParameters() => Assert.AreEqual(128_806_154, PeerNetworks.Vgg11().Parameters);

    [TestMethod]
    public void Vgg11_Rgb_AddsOnlyToTheFirstLayer() =>
        Assert.AreEqual(2 * 64 * 9, PeerNetworks.Vgg11(channels: 3).Parameters - PeerNetworks.Vgg11().Parameters);
}
