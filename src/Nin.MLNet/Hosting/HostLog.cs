using Microsoft.ML.Runtime;
using Nin.MLNet.Training;

namespace Nin.MLNet.Hosting;

/// <summary>
/// Passes a training's messages to ML.NET's channels, where <c>MLContext.Log</c> receives them, and a request to stop back.
/// </summary>
internal sealed class HostLog : ITrainingLog, IDisposable
{
    private readonly IHost host;
    private readonly IChannel channel;
    private readonly IProgressChannel progress;
    private readonly CancellationToken cancellation;
    private readonly bool isSilent;
    private (double Epochs, double AllEpochs, long Images, long AllImages, double Loss) latest;

    /// <param name="host">Receives the messages.</param>
    /// <param name="cancellation">The request to stop.</param>
    /// <param name="isSilent">Whether another rank reports everything.</param>
    public HostLog(IHost host, CancellationToken cancellation, bool isSilent = false)
    {
        (this.host, this.cancellation, this.isSilent) = (host, cancellation, isSilent);
        channel = host.Start("Training");
        progress = host.StartProgressChannel("Training");
        progress.SetHeader(new ProgressHeader(["loss"], ["epochs", "images"]), entry =>
        {
            entry.SetProgress(0, latest.Epochs, latest.AllEpochs);
            entry.SetProgress(1, latest.Images, latest.AllImages);
            entry.SetMetric(0, latest.Loss);
        });
    }

    public void Info(string message)
    {
        if (!isSilent)
            channel.Info(MessageSensitivity.None, message);
    }

    public void Warning(string message)
    {
        if (!isSilent)
            channel.Warning(MessageSensitivity.None, message);
    }

    public void Progress(NinTrainingContext training) =>
        latest = (training.Epoch, training.NumberOfEpochs, training.Images, training.ImagesPerEpoch, training.EpochLoss);

    public void CheckAlive()
    {
        cancellation.ThrowIfCancellationRequested();
        host.CheckAlive();
    }

    public void Dispose()
    {
        progress.Dispose();
        channel.Dispose();
    }
}
