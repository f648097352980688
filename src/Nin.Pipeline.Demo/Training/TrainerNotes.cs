using Microsoft.ML;
using Microsoft.ML.Runtime;
using Nin.MLNet;

namespace Nin.Pipeline.Demo.Training;

/// <summary>
/// What the trainer says before its first step: what it decided where the options left it open, and what it found in the data.
/// </summary>
internal sealed class TrainerNotes : NinCallback, IDisposable
{
    private readonly MLContext context;
    private readonly List<string> notes = [];
    private bool isTraining;

    public TrainerNotes(MLContext context)
    {
        this.context = context;
        context.Log += Receive;
    }

    public IReadOnlyList<string> All => notes;

    public override void OnTrainingStart(NinTrainingContext training) => isTraining = true;

    public void Dispose() => context.Log -= Receive;

    private void Receive(object? sender, LoggingEventArgs e)
    {
        if (!isTraining && e.Source.StartsWith(nameof(NinTrainer), StringComparison.Ordinal) && e.Kind >= ChannelMessageKind.Info)
            notes.Add(e.RawMessage);
    }
}
