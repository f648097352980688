using Microsoft.ML;

namespace Nin.MLNet.Tests.Contract;

/// <summary>What runs on the caller's thread, and what does not.</summary>
[TestClass]
public sealed class CallersThreadTests
{
    private static readonly MLContext Context = new(1);

    [TestMethod]
    public void Fit_CallbacksAndLog_ComeOnTheCallersThread()
    {
        var threads = new HashSet<int>();
        var context = new MLContext(1);
        context.Log += (_, entry) =>
        {
            // Loaders and mappers use their own threads.
            if (entry.Source.StartsWith(nameof(NinTrainer), StringComparison.Ordinal))
                threads.Add(Environment.CurrentManagedThreadId);
        };
        var options = SyntheticImages.Quick();
        options.Callbacks = [new Noting(threads)];
        var caller = new Thread(() =>
        {
            using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, 60));
            threads.Add(Environment.CurrentManagedThreadId);
        });
        caller.Start();
        caller.Join();
        Assert.HasCount(1, threads);
    }

    [TestMethod]
    public void Predict_FromThePool_StartsNoThreads()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("counts threads by Linux's numbers for them");
        using var model = Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(SyntheticImages.Keyed(Context, 60));
        using var engine = Context.Model.CreatePredictionEngine<SyntheticImages.Row, Scored>(
            model, new PredictionEngineOptions { OwnsTransformer = false });
        var row = SyntheticImages.Rows(1)[0];
        Task.Run(() => engine.Predict(row)).Wait();
        // Other processes start threads too, so one try of many is enough. If predictions started threads, each try would count them.
        Assert.IsTrue(Enumerable.Range(0, 200).Any(_ =>
        {
            var before = NumberOfANewThread();
            for (var i = 0; i < 50; i++)
                Task.Run(() => engine.Predict(row)).Wait();
            return NumberOfANewThread() - before - 1 is >= 0 and < 10;
        }));
    }

    /// <summary>Linux numbers threads consecutively, whichever process starts them.</summary>
    private static int NumberOfANewThread()
    {
        var number = 0;
        var thread = new Thread(() => number = int.Parse(
            Path.GetFileName(new DirectoryInfo("/proc/thread-self").LinkTarget!), System.Globalization.CultureInfo.InvariantCulture));
        thread.Start();
        thread.Join();
        return number;
    }

    private sealed class Noting(HashSet<int> threads) : NinCallback
    {
        public override void OnTrainingStart(NinTrainingContext training) => threads.Add(Environment.CurrentManagedThreadId);

        public override void OnStep(NinTrainingContext training) => threads.Add(Environment.CurrentManagedThreadId);

        public override void OnEpoch(NinTrainingContext training) => threads.Add(Environment.CurrentManagedThreadId);
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
