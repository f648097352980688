using Microsoft.ML;
using Microsoft.ML.Runtime;
using Nin.MLNet;

namespace Nin.Pipeline.Demo.Training;

/// <summary>
/// What the trainer's log says besides each epoch's figures: what it decided where the options left it open, and what it found.
/// </summary>
internal sealed class TrainerNotes : IDisposable
{
    private readonly MLContext context;
    private readonly List<string> notes = [];

    public TrainerNotes(MLContext context)
    {
        this.context = context;
        context.Log += Receive;
    }

    public IReadOnlyList<string> All => notes;

    public void Dispose() => context.Log -= Receive;

    private void Receive(object? sender, LoggingEventArgs e)
    {
        if (e.Kind >= ChannelMessageKind.Info && e.Source.StartsWith(nameof(NinTrainer), StringComparison.Ordinal)
            && !e.RawMessage.StartsWith("Epoch ", StringComparison.Ordinal))
            notes.Add(e.RawMessage);
    }
}
