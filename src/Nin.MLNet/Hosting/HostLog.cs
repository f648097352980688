using Microsoft.ML.Runtime;
using Nin.MLNet.Training;

namespace Nin.MLNet.Hosting;

/// <summary>Passes what a training says to ML.NET's channels, where <c>MLContext.Log</c> hears it, and the host's wish to stop back.</summary>
internal sealed class HostLog : ITrainingLog, IDisposable
{
    private readonly IHost host;
    private readonly IChannel channel;
    private readonly IProgressChannel progress;
    private NinProgress latest;

    public HostLog(IHost host)
    {
        this.host = host;
        channel = host.Start("Training");
        progress = host.StartProgressChannel("Training");
        progress.SetHeader(new ProgressHeader(["loss"], ["epochs", "images"]), entry =>
        {
            entry.SetProgress(0, latest.Epoch, latest.Epochs);
            entry.SetProgress(1, latest.Images, latest.ImagesPerEpoch);
            entry.SetMetric(0, latest.Loss);
        });
    }

    public void Info(string message) => channel.Info(MessageSensitivity.None, message);

    public void Warning(string message) => channel.Warning(MessageSensitivity.None, message);

    public void Progress(NinProgress progress) => latest = progress;

    public void CheckAlive() => host.CheckAlive();

    public void Dispose()
    {
        progress.Dispose();
        channel.Dispose();
    }
}
