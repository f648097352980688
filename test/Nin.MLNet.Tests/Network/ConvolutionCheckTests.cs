using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Network;

/// <summary>Tests the check itself: it must detect a wrong kernel.</summary>
[TestClass]
public sealed class ConvolutionCheckTests
{
    private static readonly Layer Layer = new("", 0, LayerKind.Convolution, 48, 32) { Kernel = 3, Padding = 1 };

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void Fault_RightKernel_IsNone(ScalarType type) => Assert.IsNull(FaultOf(type, Run));

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void Fault_OneInputChannelLeftOut_IsSeen(ScalarType type) => StringAssert.Contains(
        FaultOf(type, (x, weight, bias) => Run(x, cat([weight.narrow(1, 0, 47), zeros(32, 1, 3, 3)], 1), bias)), "the output is off by");

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void Fault_BiasLeftOut_IsSeen(ScalarType type) => StringAssert.Contains(
        FaultOf(type, (x, weight, bias) => Run(x, weight, bias * 0)), "the output is off by");

    [TestMethod]
    public void Fault_GradientThatIsWrongAlone_IsSeen()
    {
        StringAssert.Contains(FaultOf(float32, (x, weight, bias) => Twice(Run(x, weight, bias), x)), "the images' gradient");
        StringAssert.Contains(FaultOf(float32, (x, weight, bias) => Twice(Run(x, weight, bias), weight)), "the weights' gradient");
        StringAssert.Contains(FaultOf(float32, (x, weight, bias) => Twice(Run(x, weight, bias), bias)), "the bias's gradient");

        // Changes nothing but the gradient of one tensor.
        static Tensor Twice(Tensor y, Tensor of) => y + (of - of.detach()).sum();
    }

    [TestMethod]
    public void Fault_LastImageWrong_IsSeen() => StringAssert.Contains(
        FaultOf(float32, (x, weight, bias) => Run(cat([x.narrow(0, 0, 2), x.narrow(0, 2, 1) * 0]), weight, bias)), "the output is off by");

    [TestMethod]
    public void Fault_NumbersNotFinite_AreSeen() => StringAssert.Contains(
        FaultOf(float32, (x, weight, bias) => Run(x, weight, bias) * float.NaN), "not finite");

    [TestMethod]
    public void Fault_KernelThatThrows_GivesItsReason() => StringAssert.StartsWith(
        FaultOf(float32, (x, _, bias) => nn.functional.linear(x, bias)), "libtorch refuses: ");

    [TestMethod]
    public void Fault_OutOfMemory_IsNoFaultOfTheKernel() => Assert.ThrowsExactly<ExternalException>(
        () => FaultOf(float32, (_, _, _) => empty(1L << 46)));

    [TestMethod]
    public void Remembered_AskedBySeveralThreads_ChecksEachCaseOnceAndOneAtATime()
    {
        const int threads = 4, cases = 3;
        ConcurrentDictionary<int, int> known = [];
        var (running, most, checks) = (0, 0, 0);
        using var start = new Barrier(threads);
        var asking = Enumerable.Range(0, threads).Select(i => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait();
                return Enumerable.Range(i, cases).Sum(what => ConvolutionCheck.Remembered(known, what % cases, Check));
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Task.WaitAll(asking);
        Assert.IsTrue(asking.All(task => task.Result == 10 * (0 + 1 + 2)));
        Assert.AreEqual((1, cases), (most, checks));

        int Check(int what)
        {
            var now = Interlocked.Increment(ref running);
            (most, checks) = (Math.Max(most, now), checks + 1);
            // Long enough for the others to arrive.
            Thread.Sleep(50);
            Interlocked.Decrement(ref running);
            return 10 * what;
        }
    }

    [TestMethod]
    public void Remembered_CheckThatThrows_IsDoneAgain()
    {
        ConcurrentDictionary<int, int> known = [];
        Assert.ThrowsExactly<NotSupportedException>(() => ConvolutionCheck.Remembered(known, 1, _ => throw new NotSupportedException()));
        Assert.AreEqual(2, ConvolutionCheck.Remembered(known, 1, _ => 2));
    }

    /// <summary>A correct kernel.</summary>
    private static Tensor Run(Tensor x, Tensor weight, Tensor bias) =>
        new ConvolutionPath(ConvolutionMethod.Unfolded, ScalarType.Float32).Run(x, weight, bias, Layer, rectify: false, new GraphCuts());

    private static string? FaultOf(ScalarType type, Func<Tensor, Tensor, Tensor, Tensor> run) => ConvolutionCheck.Fault(
        new ConvolutionCase(Layer, type, Images: 3, Height: 9, Width: 9, Threads: 1, WeightGradient: true, InputGradient: true),
        rectify: false,
        (x, weight, bias, _) => run(x, weight, bias));
}
