using Microsoft.ML.Data;
using Nin.MLNet.Data;

namespace Nin.MLNet.Tests.Data;

[TestClass]
public sealed class PictureReaderTests
{
    // One differing channel makes an image coloured, even in the last pixel.
    [TestMethod]
    [DataRow(7, 7, 7, true)]
    [DataRow(8, 7, 7, false)]
    [DataRow(7, 8, 7, false)]
    [DataRow(7, 7, 8, false)]
    public void IsGrey_LastPixel_SaysWhetherAllChannelsAreAlike(int first, int second, int third, bool isGrey)
    {
        foreach (var format in new[] { MLPixelFormat.Bgra32, MLPixelFormat.Rgba32 })
        {
            byte[] pixels = [1, 1, 1, 255, 2, 2, 2, 255, (byte)first, (byte)second, (byte)third, 255];
            using var image = MLImage.CreateFromPixels(3, 1, format, pixels);
            Assert.AreEqual(isGrey, PictureReader.IsGrey(image));
        }
    }
}
