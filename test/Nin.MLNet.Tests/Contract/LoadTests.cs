using Nin.MLNet.Stress.Commands;

namespace Nin.MLNet.Tests.Contract;

/// <summary>The short form of the stress program's <c>load</c>.</summary>
[TestClass]
public sealed class LoadTests
{
    [TestMethod]
    public void Run_EveryKindOfLoad_GivesWhatAQuietProcessGives()
    {
        // The machine may be busy, so only the long form measures how soon a training stops.
        var figures = LoadCommand.Runs(threads: 64, predictions: 2_000, trainings: 10, rows: 5_000, within: 5_000)
            .SelectMany(run => run()).ToList();
        Assert.HasCount(11, figures);
        Assert.AreEqual("", string.Join("; ", figures.Where(figure => figure.Wrong > 0).Select(figure => $"{figure}")));
        Assert.IsTrue(figures.All(figure => figure.Times > 0));
    }
}
