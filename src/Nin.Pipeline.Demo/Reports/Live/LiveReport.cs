using System.Diagnostics;
using System.Globalization;
using Nin.MLNet;
using Nin.Pipeline.Demo.Reports.Html;

namespace Nin.Pipeline.Demo.Reports.Live;

/// <summary>Keeps a page up to date while the network learns, reachable only from this machine; ends with the training.</summary>
internal sealed class LiveReport : NinCallback, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly Stopwatch sinceStep = Stopwatch.StartNew();
    private readonly LiveServer server;
    private readonly string title;
    private readonly (double From, double To)? published;

    /// <param name="title">Title of the page.</param>
    /// <param name="published">Range of published test accuracies; null: none.</param>
    /// <param name="port">0: any free port.</param>
    /// <exception cref="InvalidOperationException">The port is in use.</exception>
    public LiveReport(string title, (double From, double To)? published, int port)
    {
        (this.title, this.published) = (title, published);
        server = new LiveServer(port);
        Show([], "The images are being read.");
    }

    /// <summary>Address of the page.</summary>
    public string Address => server.Address;

    public override void OnStep(NinTrainingContext training)
    {
        if (sinceStep.Elapsed < Interval)
            return;
        sinceStep.Restart();
        Show(training.History, string.Create(
            CultureInfo.InvariantCulture,
            $"Epoch {training.Epoch}, step {training.Step:N0} of {training.NumberOfSteps:N0}: loss {training.EpochLoss:F3}, " +
            $"train accuracy {training.EpochAccuracy:0.0 %}, {training.ImagesPerSecond:N0} images/s, " +
            $"{training.Remaining.TotalSeconds:N0} s left."));
    }

    public override void OnEpoch(NinTrainingContext training) =>
        Show(training.History, string.Create(CultureInfo.InvariantCulture, $"After epoch {training.History.Count}."));

    public void Dispose() => server.Dispose();

    private void Show(IReadOnlyList<NinEpoch> history, string status)
    {
        // Copied, because the list grows while the server reads.
        var content = TrainingReport.Of(title, [.. history], published);
        server.Show(content, status);
    }
}
