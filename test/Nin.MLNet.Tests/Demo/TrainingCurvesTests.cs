using System.Text.RegularExpressions;
using Nin.Pipeline.Demo.Reports;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed partial class TrainingCurvesTests
{
    [TestMethod]
    public void Write_AnyHistory_OpensWithoutANetwork()
    {
        var html = Write(Epoch(1, 0.75), Epoch(2, 0.875));
        Assert.AreEqual("", string.Join('\n', OutsideReference().Matches(html).Select(match => match.Value)));
        // The script itself, and not a pointer to it.
        Assert.IsGreaterThan(1_000_000, html.Length);
        StringAssert.Contains(html, "Plotly.newPlot", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Write_History_DrawsTheBooksThreeLines()
    {
        var html = Write(Epoch(1, 0.75), Epoch(2, 0.875));
        foreach (var part in new[] { "\"train loss\"", "\"train acc\"", "\"test acc\"", "[0.75,0.875]", "[1,2]" })
            StringAssert.Contains(html, part, StringComparison.Ordinal);
    }

    [TestMethod]
    public void Write_NoValidation_LeavesItsLineOut() =>
        Assert.DoesNotContain("\"test acc\"", Write(Epoch(1, null)));

    private static NinEpoch Epoch(int number, double? testAccuracy) => new()
    {
        Epoch = number,
        TrainLoss = 1.0 / number,
        TrainAccuracy = 0.5,
        ValidationLoss = testAccuracy is null ? null : 1,
        ValidationAccuracy = testAccuracy,
        LearningRate = 0.1,
        GradientNorm = 1,
        ImagesPerSecond = 100,
        Seconds = 10,
    };

    private static string Write(params NinEpoch[] history)
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.html");
        try
        {
            TrainingCurves.Write(history, "title", path);
            return File.ReadAllText(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [GeneratedRegex("<(script|link|img|iframe)\\b[^>]{0,300}?(src|href)\\s*=\\s*[\"']?(https?:)?//[^>]{0,80}", RegexOptions.IgnoreCase)]
    private static partial Regex OutsideReference();
}
