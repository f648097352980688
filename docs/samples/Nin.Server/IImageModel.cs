using Microsoft.ML.Data;

namespace Nin.Server;

/// <summary>
/// A model that many threads can use at once. When disposed, it finishes the requests it already has; later ones get an
/// ObjectDisposedException.
/// </summary>
public interface IImageModel : IDisposable
{
    /// <summary>Classifies an image of any size.</summary>
    Answer Predict(MLImage image);
}
