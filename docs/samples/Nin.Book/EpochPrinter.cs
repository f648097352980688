using Nin.MLNet;

namespace Nin.Book;

/// <summary>Prints a line for each epoch.</summary>
public sealed class EpochPrinter : NinCallback
{
    /// <inheritdoc/>
    public override void OnEpoch(NinTrainingContext training)
    {
        var epoch = training.History[^1];
        Console.WriteLine($"epoch {epoch.Epoch}: loss {epoch.TrainLoss:F3}, train accuracy {epoch.TrainAccuracy:P2}");
    }
}
