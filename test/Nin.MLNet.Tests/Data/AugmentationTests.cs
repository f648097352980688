using Nin.MLNet.Data;

namespace Nin.MLNet.Tests.Data;

[TestClass]
public sealed class AugmentationTests
{
    private static readonly NinImageShape Shape = new(1, 3, 4);
    private static readonly Borders Reflection = new(true), Zeros = new(false);
    private static readonly byte[] Image = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    [TestMethod]
    public void Apply_Flip_GivesTheImageOrItsMirror()
    {
        byte[] mirrored = [4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9];
        var seen = Draw(new Augmentation(Shape, flip: true, 0, Reflection, 0), 40);
        Assert.HasCount(2, seen);
        Assert.IsTrue(seen.Any(image => image.SequenceEqual(Image)) && seen.Any(image => image.SequenceEqual(mirrored)));
    }

    [TestMethod]
    public void Apply_FlipOverTwoEpochs_MirrorsEveryImageOnceAndHalfOfThemInEach()
    {
        var augmentation = new Augmentation(Shape, flip: true, 0, Reflection, 0);
        bool[][] mirrored =
        [
            .. Enumerable.Range(0, 2)
                .Select(epoch => Enumerable.Range(0, 1000).Select(row => IsMirrored(row, epoch)).ToArray()),
        ];
        Assert.IsTrue(mirrored[0].Zip(mirrored[1]).All(pair => pair.First != pair.Second));
        Assert.AreEqual(500, mirrored[0].Count(mirror => mirror), 50);

        bool IsMirrored(int row, int epoch)
        {
            var target = new byte[Image.Length];
            augmentation.Apply<byte>(Image, target, row, epoch, new Random(1), [200]);
            return target[0] == 4;
        }
    }

    [TestMethod]
    public void Apply_ShiftWithZeros_GivesEveryShiftOnce()
    {
        var expected = new List<byte[]>();
        for (var dy = -1; dy <= 1; dy++)
        {
            for (var dx = -1; dx <= 1; dx++)
                expected.Add([.. Enumerable.Range(0, 12).Select(i => Pixel((i / 4) + dy, (i % 4) + dx))]);
        }

        var seen = Draw(new Augmentation(Shape, flip: false, 1, Zeros, 0), 400);
        Assert.HasCount(9, seen);
        Assert.IsTrue(expected.All(image => seen.Any(other => other.SequenceEqual(image))));

        static byte Pixel(int y, int x) => y is < 0 or > 2 || x is < 0 or > 3 ? (byte)0 : Image[(y * 4) + x];
    }

    [TestMethod]
    public void Apply_ShiftReflecting_BringsNoNewValueIn() =>
        Assert.IsTrue(Draw(new Augmentation(Shape, false, 2, Reflection, 0), 200).All(image => image.All(Image.Contains)));

    [TestMethod]
    public void Apply_Erasing_FillsARectangleWithTheMean()
    {
        var seen = Draw(new Augmentation(new NinImageShape(1, 3, 4), false, 0, Reflection, erasing: 1), 50);
        Assert.IsTrue(seen.All(image =>
            image.Any(pixel => pixel == 200)
            && image.Zip(Image).All(pair => pair.First == 200 || pair.First == pair.Second)));
    }

    [TestMethod]
    public void Apply_ShiftReflecting_MirrorsTheImageAtItsBorder()
    {
        var expected = new List<byte[]>();
        for (var dy = -2; dy <= 2; dy++)
        {
            for (var dx = -2; dx <= 2; dx++)
                expected.Add([.. Enumerable.Range(0, 12).Select(i => Image[(At((i / 4) + dy, 3) * 4) + At((i % 4) + dx, 4)])]);
        }

        var seen = Draw(new Augmentation(Shape, flip: false, 2, Reflection, 0), 600);
        Assert.IsTrue(seen.All(image => expected.Any(other => other.SequenceEqual(image))));
        Assert.IsTrue(expected.All(image => seen.Any(other => other.SequenceEqual(image))));

        // The border pixel itself is not repeated.
        static int At(int at, int size) => at < 0 ? -at : at >= size ? (2 * size) - 2 - at : at;
    }

    [TestMethod]
    public void Apply_ShiftBeyondTheImage_LeavesNothingOrTheBorder()
    {
        var shape = new NinImageShape(1, 1, 2);
        var (zeros, reflected) = (new List<string>(), new List<string>());
        var random = new Random(1);
        for (var i = 0; i < 2_000; i++)
        {
            var target = new byte[2];
            new Augmentation(shape, false, 5, Zeros, 0).Apply<byte>([7, 9], target, 0, 0, random, [0]);
            zeros.Add(string.Join(' ', target));
            new Augmentation(shape, false, 5, Reflection, 0).Apply<byte>([7, 9], target, 0, 0, random, [0]);
            reflected.Add(string.Join(' ', target));
        }

        CollectionAssert.AreEquivalent(new[] { "0 0", "0 7", "7 9", "9 0" }, zeros.Distinct().ToArray());
        Assert.IsTrue(reflected.All(image => image.Split(' ').All(pixel => pixel is "7" or "9")));
    }

    [TestMethod]
    public void Apply_ErasingHalfOfTheTime_FillsTwoToFortyPercentWithEachChannelsMean()
    {
        var shape = new NinImageShape(2, 40, 50);
        var source = Enumerable.Repeat(1f, shape.Size).ToArray();
        var augmentation = new Augmentation(shape, flip: false, 0, Reflection, erasing: 0.5);
        var random = new Random(1);
        var (shares, tall) = (new List<double>(), 0);
        for (var i = 0; i < 400; i++)
        {
            var target = new float[shape.Size];
            augmentation.Apply<float>(source, target, 0, 0, random, [-3, -5]);
            int[] erased = [.. Enumerable.Range(0, 2_000).Where(p => target[p] == -3)];
            Assert.IsTrue(Enumerable.Range(0, 2_000).All(p => target[2_000 + p] == (target[p] == -3 ? -5 : 1)));
            if (erased.Length == 0)
                continue;
            var (rows, columns) = (erased.DistinctBy(p => p / 50).Count(), erased.DistinctBy(p => p % 50).Count());
            Assert.AreEqual(rows * columns, erased.Length, "one rectangle");
            shares.Add(erased.Length / 2_000.0);
            tall += rows > columns ? 1 : 0;
        }

        Assert.AreEqual(200, shares.Count, 40);
        Assert.AreEqual(0.5, (double)tall / shares.Count, 0.15);
        // Rounding to whole pixels shifts the limits a little.
        Assert.IsTrue(shares.Min() is > 0.015 and < 0.05, $"{shares.Min()}");
        Assert.IsTrue(shares.Max() is > 0.35 and < 0.42, $"{shares.Max()}");
    }

    [TestMethod]
    public void Apply_SeveralChannels_MovesAllOfThemAlike()
    {
        var augmentation = new Augmentation(new NinImageShape(2, 3, 4), flip: true, 1, Reflection, 0);
        byte[] both = [.. Image, .. Image.Select(pixel => (byte)(pixel + 100))];
        var random = new Random(1);
        for (var epoch = 0; epoch < 50; epoch++)
        {
            var target = new byte[both.Length];
            augmentation.Apply<byte>(both, target, 0, epoch, random, [0, 0]);
            Assert.IsTrue(target[..12].Zip(target[12..]).All(pair => pair.First + 100 == pair.Second));
        }
    }

    [TestMethod]
    public void IsNone_WhereSomethingHappens_IsFalse()
    {
        Assert.IsTrue(new Augmentation(Shape, false, 0, Reflection, 0).IsNone);
        Assert.IsFalse(new Augmentation(Shape, true, 0, Reflection, 0).IsNone);
        Assert.IsFalse(new Augmentation(Shape, false, 1, Reflection, 0).IsNone);
        Assert.IsFalse(new Augmentation(Shape, false, 0, Reflection, 0.1).IsNone);
        Assert.IsFalse(new Augmentation(Shape, false, 0, Reflection, 0, new Warp(Shape, 10, 0, Reflection)).IsNone);
        Assert.IsFalse(new Augmentation(Shape, false, 0, Reflection, 0, null, new ToneCurve(2)).IsNone);
        Assert.IsTrue(new Augmentation(Shape, false, 0, Reflection, 0).Mirroring(true).Mirrors);
    }

    [TestMethod]
    public void Apply_TurnedAndMirrored_TurnsBeforeItMirrors()
    {
        var square = new NinImageShape(1, 2, 2);
        var augmentation = new Augmentation(square, flip: true, 0, Reflection, 0, new Warp(square, degrees: 90, 0, Reflection));
        string[] seen = [.. Enumerable.Range(0, 2).Select(epoch =>
        {
            var target = new byte[4];
            augmentation.Apply<byte>([1, 2, 3, 4], target, row: 0, epoch, new FixedRandom(1), [200]);
            return string.Join(' ', target);
        })];
        CollectionAssert.AreEquivalent(new[] { "2 4 1 3", "4 2 3 1" }, seen);
    }

    [TestMethod]
    public void Apply_TonesAndZeroBorder_LeavesTheBorderZero()
    {
        var shape = new NinImageShape(1, 1, 3);
        var augmentation = new Augmentation(shape, false, 1, Zeros, 0, null, new ToneCurve(1)).Mirroring(false);
        var (seen, random) = (new HashSet<string>(), new Random(1));
        for (var i = 0; i < 200; i++)
        {
            float[] source = [-4, 0, 4], target = new float[3];
            augmentation.Apply<float>(source, target, 0, 0, random, [0]);
            seen.Add(string.Join(' ', target.Select(value => value is -4 or 0 or 4 ? $"{value}" : "middle")));
        }

        CollectionAssert.AreEquivalent(new[] { "-4 middle 4", "0 -4 middle", "middle 4 0", "0 0 0" }, seen.ToArray());
    }

    private static List<byte[]> Draw(Augmentation augmentation, int times)
    {
        var random = new Random(1);
        var seen = new List<byte[]>();
        for (var i = 0; i < times; i++)
        {
            // Previous content must be overwritten.
            byte[] target = [.. Enumerable.Repeat((byte)99, Image.Length)];
            augmentation.Apply<byte>(Image, target, row: 0, epoch: i, random, [200]);
            if (!seen.Any(other => other.SequenceEqual(target)))
                seen.Add(target);
        }

        return seen;
    }
}
