using System.Reflection;
using System.Reflection.Emit;
using TorchSharp;

namespace Nin.MLNet.Tests.Network;

/// <summary>
/// TorchSharp makes an object of every number that is handed to a tensor's method, and nothing keeps it alive during the native
/// call: the garbage collector may free it in the middle. So no number is handed over but as a Scalar that our own code holds.
/// </summary>
[TestClass]
public sealed class ImplicitScalarTests
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
    private static readonly OpCode[] OneByte = new OpCode[256], TwoBytes = new OpCode[256];
    private static readonly Dictionary<MethodBase, bool> Known = [];

    static ImplicitScalarTests()
    {
        foreach (var code in typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!))
            (code.Size == 1 ? OneByte : TwoBytes)[code.Value & 0xFF] = code;
    }

    [TestMethod]
    [DataRow("Nin.MLNet.Network")]
    [DataRow("Nin.MLNet.Native")]
    public void Namespace_ItsCode_HandsOverNoNumberThatMayBeCollected(string folder)
    {
        var types = typeof(NinTrainer).Assembly.GetTypes().Where(type => type.Namespace == folder).ToList();
        Assert.IsNotEmpty(types);
        var found = types.SelectMany(MethodsOf).SelectMany(method => CallsOf(method)
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

    /// <summary>Whether a method of TorchSharp's turns a number into a Scalar, itself or in what it calls there.</summary>
    private static bool MakesScalar(MethodBase method)
    {
        if (method.DeclaringType?.Assembly != typeof(torch).Assembly)
            return false;
        if (method.Name == "ToScalar" || (method.DeclaringType == typeof(Scalar) && method.Name == "op_Implicit"))
            return true;
        if (Known.TryGetValue(method, out var known))
            return known;
        Known[method] = false;
        return Known[method] = CallsOf(method).Any(MakesScalar);
    }

    /// <summary>A ScriptModule makes one of a number among its arguments; those of FusedKernels are tensors, by their type.</summary>
    private static bool IsHeldByTheCaller(MethodBase call) =>
        call.Name == "ToScalar" || (call.DeclaringType == typeof(torch.jit.ScriptModule) && call.Name == "invoke");

    private static IEnumerable<MethodBase> MethodsOf(Type type) => type.GetMethods(All).Concat<MethodBase>(type.GetConstructors(All));

    /// <summary>All methods that a method's body names.</summary>
    private static List<MethodBase> CallsOf(MethodBase method)
    {
        var calls = new List<MethodBase>();
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var at = 0; at < code.Length;)
        {
            var operation = code[at] == 0xFE ? TwoBytes[code[at + 1]] : OneByte[code[at]];
            at += operation.Size;
            if (operation.OperandType == OperandType.InlineMethod)
            {
                var ofType = method.DeclaringType?.GetGenericArguments();
                var ofMethod = method is MethodInfo { IsGenericMethod: true } ? method.GetGenericArguments() : null;
                calls.Add(method.Module.ResolveMethod(BitConverter.ToInt32(code, at), ofType, ofMethod)!);
            }

            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }

        return calls;
    }
}
