using Nin.MLNet.Data;

namespace Nin.MLNet.Tests.Data;

[TestClass]
public sealed class ToneCurveTests
{
    [TestMethod]
    [DataRow(1, new byte[] { 10, 16, 52, 110 }, DisplayName = "to the power of 3: darker")]
    [DataRow(0, new byte[] { 10, 84, 101, 110 }, DisplayName = "to the power of 1/3: brighter")]
    [DataRow(0.5, new byte[] { 10, 50, 85, 110 }, DisplayName = "to the power of 1")]
    public void Apply_Bytes_MovesTheMiddleTonesAlone(double drawn, byte[] expected)
    {
        byte[] image = [10, 50, 85, 110];
        new ToneCurve(2).Apply<byte>(image, new FixedRandom(drawn));
        CollectionAssert.AreEqual(expected, image);
    }

    [TestMethod]
    public void Apply_WholeRangeOfBytes_KeepsBothEnds()
    {
        byte[] image = [255, 0, 128];
        new ToneCurve(1).Apply<byte>(image, new FixedRandom(1));
        CollectionAssert.AreEqual(new byte[] { 255, 0, 64 }, image);
    }

    [TestMethod]
    public void Apply_Floats_KeepsTheirSignAndRange()
    {
        float[] image = [-1, 0, 1, 0.5f];
        new ToneCurve(1).Apply<float>(image, new FixedRandom(1));
        CollectionAssert.AreEqual(new[] { -1, -0.5f, 1, 0.125f }, image);
    }

    [TestMethod]
    public void Apply_FloatsOfTheLargestRange_StayFinite()
    {
        float[] image = [float.MinValue, 0, float.MaxValue];
        new ToneCurve(2).Apply<float>(image, new FixedRandom(1));
        Assert.AreEqual((float.MinValue, float.MaxValue), (image[0], image[2]));
        Assert.AreEqual(0.75 * float.MinValue, image[1], 1e33);
    }

    [TestMethod]
    public void Apply_OneValueEverywhere_LeavesIt()
    {
        byte[] bytes = [7, 7, 7];
        float[] floats = [-2.5f, -2.5f];
        new ToneCurve(2).Apply<byte>(bytes, new Random(1));
        new ToneCurve(2).Apply<float>(floats, new Random(1));
        CollectionAssert.AreEqual(new byte[] { 7, 7, 7 }, bytes);
        CollectionAssert.AreEqual(new[] { -2.5f, -2.5f }, floats);
    }

    [TestMethod]
    public void Apply_ManyDraws_KeepsToTheRangeAndUsesItBothWays()
    {
        var random = new Random(1);
        double[] powers =
        [
            .. Enumerable.Range(0, 2_000).Select(_ =>
            {
                float[] image = [0, 0.5f, 1];
                new ToneCurve(2).Apply<float>(image, random);
                return -Math.Log2(image[1]);
            }),
        ];
        Assert.IsTrue(powers.Min() is > 0.333 and < 0.34 && powers.Max() is > 2.95 and < 3.001, $"{powers.Min()}, {powers.Max()}");
        Assert.AreEqual(1_000, powers.Count(power => power < 1), 100);
    }
}
