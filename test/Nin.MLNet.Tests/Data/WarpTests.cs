using Nin.MLNet.Data;

namespace Nin.MLNet.Tests.Data;

[TestClass]
public sealed class WarpTests
{
    private static readonly NinImageShape Shape = new(1, 3, 3);
    private static readonly byte[] Image = [10, 20, 30, 40, 50, 60, 70, 80, 90];

    [TestMethod]
    public void Apply_LargestAngle_TurnsTheImage()
    {
        byte[] left = [30, 60, 90, 20, 50, 80, 10, 40, 70], right = [70, 40, 10, 80, 50, 20, 90, 60, 30];
        CollectionAssert.AreEqual(left, Drawn(new Warp(Shape, degrees: 90, 0, new Borders(true)), 1));
        CollectionAssert.AreEqual(right, Drawn(new Warp(Shape, degrees: 90, 0, new Borders(true)), 0));
        CollectionAssert.AreEqual(Image, Drawn(new Warp(Shape, degrees: 90, 0, new Borders(true)), 0.5));
    }

    [TestMethod]
    public void Apply_LargestScaling_InterpolatesAboutTheCentre() =>
        CollectionAssert.AreEqual(
            new byte[] { 30, 35, 40, 45, 50, 55, 60, 65, 70 }, Drawn(new Warp(Shape, 0, scaling: 1, new Borders(true)), 1));

    [TestMethod]
    [DataRow(true, new byte[] { 50, 50, 50, 50, 50, 50, 50, 50, 50 })]
    [DataRow(false, new byte[] { 0, 0, 0, 0, 50, 0, 0, 0, 0 })]
    public void Apply_HalfTheSize_FillsTheBorder(bool reflects, byte[] expected) =>
        CollectionAssert.AreEqual(expected, Drawn(new Warp(Shape, 0, scaling: 1, new Borders(reflects)), 0));

    [TestMethod]
    public void Apply_Bytes_RoundsToTheNearest()
    {
        // Interpolated, they are 0.25 and 0.75.
        var target = new byte[2];
        new Warp(new NinImageShape(1, 1, 2), 0, scaling: 1, new Borders(true)).Apply<byte>([0, 1], target, new FixedRandom(1));
        CollectionAssert.AreEqual(new byte[] { 0, 1 }, target);
    }

    [TestMethod]
    public void Apply_NotSquare_KeepsAnglesAndSizes()
    {
        // A point three pixels right of the centre of a wide image comes to lie three pixels below or above it.
        var shape = new NinImageShape(1, 7, 9);
        var source = new float[shape.Size];
        source[(3 * 9) + 7] = 1;
        var target = new float[shape.Size];
        new Warp(shape, degrees: 90, 0, new Borders(false)).Apply<float>(source, target, new FixedRandom(1));
        Assert.AreEqual(1f, target.Sum(), 1e-4f);
        Assert.AreEqual(1f, target[(0 * 9) + 4] + target[(6 * 9) + 4], 1e-4f);
    }

    [TestMethod]
    public void Apply_SeveralChannels_MovesAllOfThemAlike()
    {
        float[] both = [.. Image.Select(pixel => pixel - 50.5f), .. Image.Select(pixel => pixel + 100f)];
        var target = new float[both.Length];
        new Warp(new NinImageShape(2, 3, 3), 30, 0.2, new Borders(true)).Apply<float>(both, target, new Random(1));
        for (var i = 0; i < Image.Length; i++)
            Assert.AreEqual(target[i] + 150.5f, target[Image.Length + i], 1e-3f);
        CollectionAssert.AreNotEqual(both, target);
    }

    [TestMethod]
    public void Apply_ManyDraws_KeepsToTheRangeAndUsesIt()
    {
        // The angle and size can be read off where the point comes to lie.
        var shape = new NinImageShape(1, 41, 41);
        var source = new float[shape.Size];
        source[(20 * 41) + 35] = 1;
        var warp = new Warp(shape, degrees: 20, scaling: 0.2, new Borders(false));
        var random = new Random(1);
        var (angles, sizes) = (new List<double>(), new List<double>());
        for (var i = 0; i < 300; i++)
        {
            var target = new float[shape.Size];
            warp.Apply<float>(source, target, random);
            var sum = target.Sum();
            var y = target.Select((value, at) => value * ((at / 41) - 20)).Sum() / sum;
            var x = target.Select((value, at) => value * ((at % 41) - 20)).Sum() / sum;
            angles.Add(Math.Atan2(y, x) * 180 / Math.PI);
            sizes.Add(Math.Sqrt((y * y) + (x * x)) / 15);
        }

        // To a fifth of a pixel, that is a degree or 0.02 of the size.
        Assert.IsTrue(angles.Min() is > -21 and < -18 && angles.Max() is > 18 and < 21, $"{angles.Min()}, {angles.Max()}");
        Assert.IsTrue(sizes.Min() is > 0.81 and < 0.86 && sizes.Max() is > 1.17 and < 1.22, $"{sizes.Min()}, {sizes.Max()}");
        Assert.AreEqual(0, angles.Average(), 2);
    }

    private static byte[] Drawn(Warp warp, double drawn)
    {
        byte[] target = [.. Enumerable.Repeat((byte)99, Image.Length)];
        warp.Apply<byte>(Image, target, new FixedRandom(drawn));
        return target;
    }
}
