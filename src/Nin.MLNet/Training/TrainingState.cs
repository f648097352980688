using Nin.MLNet.Network;

namespace Nin.MLNet.Training;

/// <summary>Everything that changes while a training runs; what a checkpoint keeps.</summary>
internal sealed class TrainingState(NinNetwork network, NinTrainer.Options options) : IDisposable
{
    public NinNetwork Network { get; } = network;

    public FlatOptimizer Optimizer { get; } = new(network, options.Optimizer, options.Momentum, options.Nesterov, options.WeightDecay);

    public WeightAverage Average { get; } = new(network, options.WeightAveraging, options.AveragingDecay);

    public List<NinEpoch> History { get; } = [];

    /// <summary>Weights of the best epoch by the monitored metric; null before there is one.</summary>
    public WeightSnapshot? Best { get; private set; }

    public int BestEpoch { get; set; }

    /// <summary>The latest weights known to be alive.</summary>
    public WeightSnapshot? Good { get; private set; }

    /// <summary>What collapses have left of the learning rate, in (0, 1].</summary>
    public double LearningRateScale { get; set; } = 1;

    public int Recoveries { get; set; }

    /// <summary>Steps since the start or the last recovery.</summary>
    public long StepsSinceRecovery { get; set; }

    public void SetBest(WeightSnapshot? snapshot)
    {
        Best?.Dispose();
        Best = snapshot;
    }

    public void SetGood(WeightSnapshot? snapshot)
    {
        Good?.Dispose();
        Good = snapshot;
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        Average.Dispose();
        Best?.Dispose();
        Good?.Dispose();
    }
}
