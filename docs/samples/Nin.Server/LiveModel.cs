using Microsoft.ML.Data;

namespace Nin.Server;

/// <summary>The model that currently answers. It can be replaced at any time without any request noticing.</summary>
/// <param name="load">Loads the model that is on disk at that time.</param>
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
                // The model was replaced a moment ago: the new one answers.
            }
        }
    }

    /// <summary>
    /// Reloads the model, one call after the other, so that the latest one on disk stays. If that fails, the old one stays.
    /// </summary>
    public void Reload()
    {
        lock (load)
            Interlocked.Exchange(ref current, load()).Dispose();
    }

    public void Dispose() => current.Dispose();
}
