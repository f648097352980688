using Nin.MLNet;

namespace Nin.Pipeline.Demo.Training;

/// <summary>
/// Handles Ctrl+C during a training: it ends after the current batch, and the best model so far is returned. Before the first batch there
/// is nothing to keep yet, so reading the images is cancelled.
/// </summary>
internal sealed class StopOnRequest : NinCallback, IDisposable
{
    private readonly CancellationTokenSource reading = new();
    private readonly CancellationToken request;
    private readonly CancellationTokenRegistration registration;
    private volatile bool isTraining;

    public StopOnRequest(CancellationToken request)
    {
        this.request = request;
        registration = request.Register(() =>
        {
            if (!isTraining)
                reading.Cancel();
        });
    }

    /// <summary>Cancelled by a request before the first batch.</summary>
    public CancellationToken BeforeTraining => reading.Token;

    /// <summary>How far the training had got when it was stopped; null if it ran to the end.</summary>
    public (long Step, long Steps, int Epoch)? StoppedAt { get; private set; }

    /// <summary>
    /// Epochs that an earlier training had finished, whose checkpoint this one resumes from. Their weights are gone, so the best model is
    /// one of the later epochs.
    /// </summary>
    public int? EpochsBefore { get; private set; }

    public override void OnTrainingStart(NinTrainingContext training) => isTraining = true;

    public override void OnStep(NinTrainingContext training)
    {
        // The checkpoint is read after OnTrainingStart. A training that starts anew forgets its epochs.
        EpochsBefore = Math.Min(EpochsBefore ?? int.MaxValue, training.History.Count);
        if (!request.IsCancellationRequested || StoppedAt is not null || training.Step >= training.NumberOfSteps)
            return;
        StoppedAt = (training.Step, training.NumberOfSteps, training.Epoch);
        training.Stop("Stopped on request.", withBestWeights: true);
    }

    public void Dispose()
    {
        registration.Dispose();
        reading.Dispose();
    }
}
