using Nin.MLNet.Network;
using TorchSharp;

namespace Nin.MLNet.Tests.Network;

[TestClass]
public sealed class DropoutRandomTests
{
    [TestMethod]
    [DataRow(torch.ScalarType.Float32)]
    [DataRow(torch.ScalarType.BFloat16)]
    public void Mask_Rate_KeepsThatShareAndTheMean(torch.ScalarType type)
    {
        using var mask = new DropoutRandom(1).Mask([1000, 100], 0.7, type);
        using var values = mask.to(torch.ScalarType.Float32);
        using var kept = values.ne(0).to(torch.ScalarType.Float32).mean();
        using var mean = values.mean();
        Assert.AreEqual(0.7, kept.item<float>(), 0.01);
        Assert.AreEqual(1, mean.item<float>(), 0.02);
    }

    // Cut off, 1 / 0.7 would be 1.421875.
    [TestMethod]
    public void Mask_BFloat16_HasTheNearestFactor()
    {
        using var mask = new DropoutRandom(1).Mask([100], 0.7, torch.ScalarType.BFloat16);
        using var exact = torch.tensor(1 / 0.7f, dtype: torch.ScalarType.BFloat16);
        Assert.AreEqual(exact.ToSingle(), mask.max().ToSingle());
    }

    [TestMethod]
    public void Mask_DrawnTwice_Differs()
    {
        var random = new DropoutRandom(1);
        using var first = random.Mask([100], 0.5, torch.ScalarType.Float32);
        using var second = random.Mask([100], 0.5, torch.ScalarType.Float32);
        using var again = new DropoutRandom(1).Mask([100], 0.5, torch.ScalarType.Float32);
        CollectionAssert.AreNotEqual(first.data<float>().ToArray(), second.data<float>().ToArray());
        CollectionAssert.AreEqual(first.data<float>().ToArray(), again.data<float>().ToArray());
    }
}
