namespace Nin.MLNet;

/// <summary>One step of a learning-rate range test.</summary>
/// <param name="LearningRate">Learning rate of the step.</param>
/// <param name="Loss">Loss of the step's batch before the step, in nats.</param>
/// <param name="SmoothedLoss">The same, averaged over about the last ten steps, in nats.</param>
public readonly record struct NinLearningRatePoint(double LearningRate, double Loss, double SmoothedLoss);
