using Microsoft.ML.Data;

namespace Nin.Server;

/// <summary>
/// A model that many threads ask at once. Disposed, it finishes what it is asked already; whoever comes later gets an
/// ObjectDisposedException.
/// </summary>
public interface IImageModel : IDisposable
{
    /// <summary>Classifies an image of any size.</summary>
    Answer Predict(MLImage image);
}
