using System.Reflection;
using TorchSharp;

namespace Nin.MLNet.Tests.Network;

/// <summary>
/// TorchSharp creates an object for every number passed to a tensor's method, and nothing keeps it alive during the native call:
/// the garbage collector may free it in the middle. So numbers are only passed as a Scalar that our own code holds.
/// </summary>
[TestClass]
public sealed class ImplicitScalarTests
{
    private static readonly Dictionary<MethodBase, bool> Known = [];

    [TestMethod]
    [DataRow("Nin.MLNet.Network")]
    [DataRow("Nin.MLNet.Native")]
    [DataRow("Nin.MLNet.Training")]
    [DataRow("Nin.MLNet.Training.Callbacks")]
    [DataRow("Nin.MLNet.Data")]
    [DataRow("Nin.MLNet.Export")]
    public void Namespace_ItsCode_HandsOverNoNumberThatMayBeCollected(string folder)
    {
        var types = typeof(NinTrainer).Assembly.GetTypes().Where(type => type.Namespace == folder).ToList();
        Assert.IsNotEmpty(types);
        var found = types.SelectMany(CompiledCode.MethodsOf).SelectMany(method => CompiledCode.CallsOf(method)
            .Where(call => MakesScalar(call) && !IsHeldByTheCaller(call))
            .Select(call => $"{method.DeclaringType}.{method.Name} calls {call.DeclaringType}.{call.Name}"));
        Assert.AreEqual("", string.Join("\n", found.Distinct()));
    }

    [TestMethod]
    public void MakesScalar_KnownCases_AreTold()
    {
        Assert.IsTrue(MakesScalar(typeof(torch.Tensor).GetMethod("add", [typeof(torch.Tensor)])!));
        Assert.IsFalse(MakesScalar(typeof(torch.Tensor).GetMethod("add", [typeof(torch.Tensor), typeof(Scalar)])!));
        Assert.IsFalse(MakesScalar(typeof(torch.Tensor).GetMethod("sub", [typeof(torch.Tensor)])!));
    }

    /// <summary>Whether a TorchSharp method turns a number into a Scalar, itself or in a TorchSharp method it calls.</summary>
    private static bool MakesScalar(MethodBase method)
    {
        if (method.DeclaringType?.Assembly != typeof(torch).Assembly)
            return false;
        if (method.Name == "ToScalar" || (method.DeclaringType == typeof(Scalar) && method.Name == "op_Implicit"))
            return true;
        if (Known.TryGetValue(method, out var known))
            return known;
        Known[method] = false;
        return Known[method] = CompiledCode.CallsOf(method).Any(MakesScalar);
    }

    /// <summary>A ScriptModule makes a Scalar of a number argument; FusedKernels can pass only tensors, by their types.</summary>
    private static bool IsHeldByTheCaller(MethodBase call) =>
        call.Name == "ToScalar" || (call.DeclaringType == typeof(torch.jit.ScriptModule) && call.Name == "invoke");
}
