using Microsoft.ML.Data;
using Nin.Server;

namespace Nin.MLNet.Tests.Samples;

[TestClass]
public sealed class LiveModelTests
{
    [TestMethod]
    public async Task Reload_TwiceAtOnce_LeavesTheLatestModel()
    {
        var loads = 0;
        using var slow = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        using var live = new LiveModel(() =>
        {
            var number = Interlocked.Increment(ref loads);
            begun.Set();
            // The first reload takes long.
            if (number == 2)
                slow.Wait();
            return new Numbered(number);
        });
        begun.Reset();
        var first = Task.Run(live.Reload);
        begun.Wait();
        var second = Task.Run(live.Reload);
        // It would be done by now if it did not wait for the first.
        await Task.WhenAny(second, Task.Delay(500));
        slow.Set();
        await Task.WhenAll(first, second);
        using var image = MLImage.CreateFromPixels(1, 1, MLPixelFormat.Bgra32, new byte[4]);
        Assert.AreEqual("3", live.Predict(image).Class);
    }

    private sealed class Numbered(int number) : IImageModel
    {
        private bool isDisposed;

        public Answer Predict(MLImage image)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            return new Answer($"{number}", new Dictionary<string, float>());
        }

        public void Dispose() => isDisposed = true;
    }
}
