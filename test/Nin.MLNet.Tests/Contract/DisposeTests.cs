using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Contract;

/// <summary>A model is disposed, or its weights are replaced, while other threads score with it.</summary>
[TestClass]
public sealed class DisposeTests
{
    private static readonly MLContext Context = new(1);
    private static readonly IDataView Data = SyntheticImages.Keyed(Context, 60);

    [TestMethod]
    public void Dispose_WhileOthersScore_LetsThemFinishAndRefusesLaterOnes()
    {
        using var trained = Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(Data);
        var path = Path.GetTempFileName();
        trained.Model.SaveWeights(path);
        var expected = Scores(trained);
        for (var round = 0; round < 8; round++)
        {
            var model = trained.WithWeights(path);
            using var scoring = new CountdownEvent(4);
            var threads = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                var whole = 0;
                try
                {
                    for (; ; whole++)
                    {
                        CollectionAssert.AreEqual(expected, Scores(model));
                        if (whole == 0)
                            scoring.Signal();
                    }
                }
                catch (ObjectDisposedException)
                {
                    return whole;
                }
            })).ToArray();
            var allScore = scoring.Wait(TimeSpan.FromSeconds(30));
            // In any case, since only this ends them.
            model.Dispose();
            Assert.IsTrue(allScore);
            Assert.IsTrue(Task.WaitAll(threads, TimeSpan.FromSeconds(30)));
            Assert.IsTrue(threads.All(thread => thread.Result > 0));
        }

        File.Delete(path);
    }

    [TestMethod]
    public void WithWeights_HotReload_EveryAnswerIsOfOneModelOrTheOther()
    {
        using var first = Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(Data);
        var options = SyntheticImages.Quick();
        options.Seed = 99;
        using var second = Context.MulticlassClassification.Trainers.Nin(options).Fit(Data);
        string[] paths = [Path.GetTempFileName(), Path.GetTempFileName()];
        first.Model.SaveWeights(paths[0]);
        second.Model.SaveWeights(paths[1]);
        var answers = new[] { Scores(first), Scores(second) };
        var current = first.WithWeights(paths[0]);
        using var stop = new CancellationTokenSource();
        var compared = 0;
        var users = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    var scores = Scores(Volatile.Read(ref current));
                    Assert.IsTrue(answers.Any(answer => answer.SequenceEqual(scores)));
                    Interlocked.Increment(ref compared);
                }
                catch (ObjectDisposedException)
                {
                    // It was replaced in the meantime; the next try uses the new one.
                }
            }
        })).ToArray();
        try
        {
            for (var reload = 1; reload <= 15; reload++)
            {
                // So that users do not only meet models that are already disposed.
                var before = Volatile.Read(ref compared);
                Assert.IsTrue(SpinWait.SpinUntil(() => Volatile.Read(ref compared) > before, TimeSpan.FromSeconds(60)), "no answer");
                Interlocked.Exchange(ref current, first.WithWeights(paths[reload % 2])).Dispose();
            }
        }
        finally
        {
            stop.Cancel();
            Task.WaitAll(users);
        }

        current.Dispose();
        foreach (var path in paths)
            File.Delete(path);
    }

    private static float[] Scores(NinTransformer model) =>
        [.. model.Transform(Data).GetColumn<float[]>("Score").SelectMany(score => score)];
}
