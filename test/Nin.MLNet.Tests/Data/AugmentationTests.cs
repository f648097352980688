using Nin.MLNet.Data;

namespace Nin.MLNet.Tests.Data;

[TestClass]
public sealed class AugmentationTests
{
    private static readonly NinImageShape Shape = new(1, 3, 4);
    private static readonly byte[] Image = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    [TestMethod]
    public void Apply_Flip_GivesTheImageOrItsMirror()
    {
        byte[] mirrored = [4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9];
        var seen = Draw(new Augmentation(Shape, flip: true, 0, true, 0), 40);
        Assert.HasCount(2, seen);
        Assert.IsTrue(seen.Any(image => image.SequenceEqual(Image)) && seen.Any(image => image.SequenceEqual(mirrored)));
    }

    [TestMethod]
    public void Apply_FlipOverTwoEpochs_MirrorsEveryImageOnceAndHalfOfThemInEach()
    {
        var augmentation = new Augmentation(Shape, flip: true, 0, true, 0);
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

        var seen = Draw(new Augmentation(Shape, flip: false, 1, reflect: false, 0), 400);
        Assert.HasCount(9, seen);
        Assert.IsTrue(expected.All(image => seen.Any(other => other.SequenceEqual(image))));

        static byte Pixel(int y, int x) => y is < 0 or > 2 || x is < 0 or > 3 ? (byte)0 : Image[(y * 4) + x];
    }

    [TestMethod]
    public void Apply_ShiftReflecting_BringsNoNewValueIn() =>
        Assert.IsTrue(Draw(new Augmentation(Shape, false, 2, reflect: true, 0), 200).All(image => image.All(Image.Contains)));

    [TestMethod]
    public void Apply_Erasing_FillsARectangleWithTheMean()
    {
        var seen = Draw(new Augmentation(new NinImageShape(1, 3, 4), false, 0, true, erasing: 1), 50);
        Assert.IsTrue(seen.All(image =>
            image.Any(pixel => pixel == 200)
            && image.Zip(Image).All(pair => pair.First == 200 || pair.First == pair.Second)));
    }

    private static List<byte[]> Draw(Augmentation augmentation, int times)
    {
        var random = new Random(1);
        var seen = new List<byte[]>();
        for (var i = 0; i < times; i++)
        {
            var target = new byte[Image.Length];
            augmentation.Apply<byte>(Image, target, row: 0, epoch: i, random, [200]);
            if (!seen.Any(other => other.SequenceEqual(target)))
                seen.Add(target);
        }

        return seen;
    }
}
