using Microsoft.ML;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training;

/// <summary>A small training, alone or as one of several ranks that are threads, and its result.</summary>
internal static class RankTrainings
{
    /// <summary>
    /// All images in each step, and a learning rate at which rounding errors stay small: sums in another order sometimes put a ReLU's
    /// input on the other side of 0, and the higher the rate, the more that moves the weights.
    /// </summary>
    public static NinTrainer.Options WholeBatch()
    {
        var options = SyntheticImages.Quick();
        // A channel count that our own convolution does not support: its larger rounding errors grow beyond 1e-5 in these steps.
        options.Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 9) with { BatchNorm = false };
        (options.LearningRate, options.NumberOfEpochs, options.BatchSize) = (0.0003, 50, 200);
        (options.ValidationSetFraction, options.RestoreBestWeights) = (0, false);
        return options;
    }

    public static NinTrainer.Options With(NinTrainer.Options options, IReplicaGroup? group)
    {
        var own = options.Copy();
        own.Distributed = group;
        return own;
    }

    /// <summary>The results of all ranks; fails if one has thrown.</summary>
    public static Result[] Run(int count, Func<IReplicaGroup, Result> work)
    {
        var (outcomes, aborted) = ThreadRanks.Run(count, work);
        Assert.IsNull(aborted);
        foreach (var outcome in outcomes)
            Assert.IsNull(outcome.Error, outcome.Error?.ToString());
        return [.. outcomes.Select(outcome => outcome.Value!)];
    }

    public static Result Fit(
        NinTrainer.Options options, int take = 161, int classes = 3, Action<SyntheticImages.Row>? change = null, Action<string>? log = null,
        int? seed = 1)
    {
        var context = new MLContext(seed);
        context.Log += (_, e) => log?.Invoke(e.Message);
        var rows = SyntheticImages.Rows(take, classes);
        foreach (var row in rows)
            change?.Invoke(row);
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, rows));
        return new Result(
            Trained.WeightsOf(model), [.. model.Model.History], model.Model.PixelMeans[0], model.Model.Temperature);
    }

    public sealed record Result(float[] Weights, IReadOnlyList<NinEpoch> History, float PixelMean, double Temperature);
}
