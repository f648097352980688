using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

[TestClass]
public sealed class TorchScriptTests
{
    private static IReadOnlyList<TorchScript.Method> Twice => [new("twice", ["x"], ["y = torch.add(x, x, alpha=1)"], "y")];

    [TestMethod]
    public void Call_Method_Computes()
    {
        using var scope = NewDisposeScope();
        var result = TorchScript.Load(Twice)!.Call("twice", tensor(new[] { 1f, 2f }));
        CollectionAssert.AreEqual(new[] { 2f, 4f }, result.data<float>().ToArray());
    }

    // When every trained model had its own scripts, each leaked half a megabyte.
    [TestMethod]
    public void Load_SameText_IsTheSameScript() => Assert.AreSame(TorchScript.Load(Twice), TorchScript.Load(Twice));
}
