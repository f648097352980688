namespace Nin.MLNet.Tests;

[TestClass]
public sealed class NinImageShapeTests
{
    [TestMethod]
    public void Size_OfAPossibleShape_IsTheNumberOfValues() => Assert.AreEqual(3 * 224 * 192, new NinImageShape(3, 224, 192).Size);

    [TestMethod]
    [DataRow(1, 65_536, 65_536)]
    [DataRow(int.MaxValue, int.MaxValue, int.MaxValue)]
    [DataRow(1, 32_768, 16_384)]
    public void Size_OfTooManyValues_Throws(int channels, int height, int width)
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => new NinImageShape(channels, height, width).Size);
        StringAssert.Contains(error.Message, $"{channels}x{height}x{width}");
    }
}
