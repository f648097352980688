using Microsoft.ML.Data;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Reports.Html;

namespace Nin.MLNet.Tests.Demo.Reports;

/// <summary>Reports to render: of a training with every part, with names that would break a careless page.</summary>
internal static class ReportContents
{
    public static readonly string[] HostileNames =
        ["\"quoted\" & 'single'", "<script>window.broken = true</script>", "日本語 ярлык", "</script><b>bold", "plain"];

    public static ReportContent Whole(int epochs = 4)
    {
        var random = new Random(1);
        var count = HostileNames.Length;
        List<int> labels = [.. Enumerable.Range(0, 200).Select(i => i % count)];
        List<float[]> scores = [.. labels.Select(label => Scores(label, random))];
        var confusion = Enumerable.Range(0, count)
            .Select(truth => (IReadOnlyList<double>)[.. Enumerable.Range(0, count).Select(top => (double)labels.Where(
                (label, i) => label == truth && Array.IndexOf(scores[i], scores[i].Max()) == top).Count())]).ToList();
        return TrainingReport.Of("A \"report\" of <i>everything</i>", History(epochs), (0.839, 0.871)) with
        {
            Evaluation = new Evaluation
            {
                Images = labels.Count,
                Accuracy = 0.8,
                MacroAccuracy = 0.8,
                LogLoss = 0.6,
                TopK = [0.8],
                Classes = [.. HostileNames.Select(name => new ClassFigures(name, 0.8, 0.7, 0.6))],
                Confusion = confusion,
            },
            Scored = new ScoredImages(scores, labels, "abc"),
            Mistakes = [new Mistake("<img>.png", Png(), Png(), HostileNames[1], HostileNames[3], 0.97)],
            Layers = NinArchitecture.Small().Summarize(28, 28),
            Facts = [("Options.<Seed>", "1"), ("machine", "two & a half")],
        };
    }

    public static IReadOnlyList<NinEpoch> History(int epochs) =>
    [
        .. Enumerable.Range(1, epochs).Select(epoch => new NinEpoch
        {
            Epoch = epoch,
            TrainLoss = 2.0 / epoch,
            TrainAccuracy = 1 - (0.5 / epoch),
            ValidationLoss = 1,
            ValidationAccuracy = 1 - (0.6 / epoch),
            LearningRate = 0.1 / epoch,
            GradientNorm = 1,
            ImagesPerSecond = 100,
            Seconds = 10,
        }),
    ];

    private static float[] Scores(int label, Random random)
    {
        float[] raw = [.. HostileNames.Select((_, k) => (float)random.NextDouble() + (k == label ? 1.2f : 0))];
        return [.. raw.Select(value => value / raw.Sum())];
    }

    private static byte[] Png()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.png");
        using (var image = MLImage.CreateFromPixels(4, 4, MLPixelFormat.Bgra32, [.. Enumerable.Repeat((byte)200, 64)]))
            image.Save(path);
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }
}
