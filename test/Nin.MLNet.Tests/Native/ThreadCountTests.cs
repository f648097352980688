using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Tests.Training;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Native;

[TestClass]
public sealed class ThreadCountTests
{
    [TestMethod]
    public void Fit_TwoTrainingsOfOtherThreadCountsAtOnce_LeaveNobodyElseChanged()
    {
        var before = OnNewThread(get_num_threads);
        var expected = Run(1);
        float[]? one = null, two = null;
        var seen = new List<int>();
        var first = new Thread(() => one = Run(1));
        var second = new Thread(() => two = Run(2));
        first.Start();
        second.Start();
        while (first.IsAlive || second.IsAlive)
            seen.Add(OnNewThread(get_num_threads));
        first.Join();
        second.Join();
        Assert.IsTrue(seen.All(threads => threads == before));
        Assert.AreEqual(before, OnNewThread(get_num_threads));
        Assert.IsTrue(expected.SequenceEqual(one!));
        Assert.IsNotNull(two);
        Assert.IsTrue(expected.SequenceEqual(Run(1)));

        static float[] Run(int threads)
        {
            var options = SyntheticImages.Quick();
            options.Threads = threads;
            return Trained.On(options).Weights;
        }
    }

    private static int OnNewThread(Func<int> work)
    {
        var result = 0;
        var thread = new Thread(() => result = work());
        thread.Start();
        thread.Join();
        return result;
    }
}
