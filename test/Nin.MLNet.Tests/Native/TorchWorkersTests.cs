using System.Collections.Concurrent;
using Nin.MLNet.Native;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Native;

[TestClass]
public sealed class TorchWorkersTests
{
    [TestMethod]
    public void Run_ManyParts_EachIsDoneOnceWithItsThreads()
    {
        NativeTorch.EnsureLoaded();
        var seen = new ConcurrentBag<(int Part, int Threads)>();
        TorchWorkers.Trainings.Run(20, 3, isSmall: true, part => seen.Add((part, get_num_threads())));
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 20).Select(part => (part, 3)).ToList(), seen.ToList());
    }

    [TestMethod]
    public void Run_APartThrows_TheCallerGetsItAndTheWorkersGoOn()
    {
        NativeTorch.EnsureLoaded();
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => TorchWorkers.Batches.Run(4, 1, isSmall: true, part =>
        {
            if (part == 2)
                throw new InvalidOperationException("mine");
        }));
        Assert.AreEqual("mine", error.Message);
        var done = 0;
        TorchWorkers.Batches.Run(8, 1, isSmall: true, _ => Interlocked.Increment(ref done));
        Assert.AreEqual(8, done);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void Run_MorePartsThanMayBeDoneAtOnce_KeepsToTheNumber(int atOnce)
    {
        NativeTorch.EnsureLoaded();
        var (running, most) = (0, 0);
        var counting = new object();
        TorchWorkers.Batches.Run(12, 1, isSmall: true, _ =>
        {
            lock (counting)
                most = Math.Max(most, ++running);
            // Long enough for another thread to enter meanwhile.
            Thread.Sleep(20);
            lock (counting)
                running--;
        }, atOnce);
        Assert.AreEqual(atOnce, most);
    }

    [TestMethod]
    public void Run_ManyTimes_StartsNoThread()
    {
        NativeTorch.EnsureLoaded();
        var threads = new ConcurrentDictionary<int, bool>();
        for (var i = 0; i < 500; i++)
            TorchWorkers.Batches.Run(2, 1, isSmall: true, _ => threads[Environment.CurrentManagedThreadId] = true);
        Assert.IsLessThanOrEqualTo(Environment.ProcessorCount + 1, threads.Count);
    }

    [TestMethod]
    public void Run_CallersOwnThreadCount_IsNeitherUsedNorChanged()
    {
        NativeTorch.EnsureLoaded();
        var before = get_num_threads();
        TorchWorkers.Trainings.Run(1, 5, isSmall: true, _ => Assert.AreEqual(5, get_num_threads()));
        Assert.AreEqual(before, get_num_threads());
    }
}
