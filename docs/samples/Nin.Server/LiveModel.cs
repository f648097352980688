using Microsoft.ML.Data;

namespace Nin.Server;

/// <summary>The model that answers now. Another may take its place at any time, and no request notices.</summary>
/// <param name="load">Loads the model as it is on disk by then.</param>
public sealed class LiveModel(Func<IImageModel> load) : IDisposable
{
    private IImageModel current = load();

    public Answer Predict(MLImage image)
    {
        while (true)
        {
            var model = Volatile.Read(ref current);
            try
            {
                return model.Predict(image);
            }
            catch (ObjectDisposedException) when (model != Volatile.Read(ref current))
            {
                // It was replaced a moment ago: the new one answers.
            }
        }
    }

    /// <summary>Loads the model anew. Where that fails the old one stays.</summary>
    public void Reload() => Interlocked.Exchange(ref current, load()).Dispose();

    public void Dispose() => current.Dispose();
}
