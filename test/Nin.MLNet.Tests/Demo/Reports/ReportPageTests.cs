using System.Text.RegularExpressions;
using Nin.Pipeline.Demo.Reports.Html;

namespace Nin.MLNet.Tests.Demo.Reports;

[TestClass]
public sealed partial class ReportPageTests
{
    [TestMethod]
    public void Render_AnyReport_OpensWithoutANetwork()
    {
        var html = ReportPage.Render(ReportContents.Whole());
        Assert.AreEqual("", string.Join('\n', OutsideReference().Matches(html).Select(match => match.Value)));
        // The script itself, not a link to it.
        Assert.IsGreaterThan(1_000_000, html.Length);
    }

    [TestMethod]
    public void Render_HostileNames_AreText()
    {
        var html = ReportPage.Render(ReportContents.Whole());
        foreach (var name in ReportContents.HostileNames.Where(name => name.Contains('<', StringComparison.Ordinal)))
            Assert.DoesNotContain(name, html);
        StringAssert.Contains(html, "&lt;script&gt;window.broken", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Render_HistoryAlone_LeavesTheOtherPartsOut()
    {
        var html = ReportPage.Render(TrainingReport.Of("title", ReportContents.History(2), null));
        StringAssert.Contains(html, "id=\"learning\"", StringComparison.Ordinal);
        foreach (var part in new[] { "id=\"confusion\"", "id=\"reliability\"", "<h2>Layers", "published, least" })
            Assert.DoesNotContain(part, html);
    }

    [TestMethod]
    public void FitTemperature_ScoresOfLogitsTooSteepByTwo_FindsTwo()
    {
        // Labels are drawn from the true probabilities; the scores come from doubled logits.
        var random = new Random(1);
        var (scores, labels) = (new List<float[]>(), new List<int>());
        for (var i = 0; i < 4_000; i++)
        {
            double[] logits = [.. Enumerable.Range(0, 3).Select(_ => 2 * random.NextDouble() - 1)];
            var truth = Softmax(logits);
            var drawn = random.NextDouble();
            labels.Add(drawn < truth[0] ? 0 : drawn < truth[0] + truth[1] ? 1 : 2);
            scores.Add([.. Softmax([.. logits.Select(logit => 2 * logit)]).Select(value => (float)value)]);
        }

        var images = new ScoredImages(scores, labels, "");
        List<int> rows = [.. Enumerable.Range(0, labels.Count)];
        var temperature = Calibration.FitTemperature(images, rows);
        Assert.AreEqual(2, temperature, 0.25);
        Assert.IsLessThan(
            Calibration.Measure(images, rows).ExpectedCalibrationError,
            Calibration.Measure(images, rows, temperature).ExpectedCalibrationError);
    }

    [TestMethod]
    public void Measure_ScoresThatMeanWhatTheySay_HasNoError()
    {
        // Of five images predicted as class 0 at 80 %, four are.
        var images = new ScoredImages([.. Enumerable.Repeat(new[] { 0.8f, 0.2f }, 5)], [0, 0, 0, 0, 1], "");
        Assert.AreEqual(0, Calibration.Measure(images, [0, 1, 2, 3, 4]).ExpectedCalibrationError, 1e-6);
        Assert.AreEqual(0.2, Calibration.Measure(images, [0, 1, 2, 3]).ExpectedCalibrationError, 1e-6);
    }

    [TestMethod]
    public void LogLoss_ScoresAtTemperatureTwo_HasHalfTheirLogits()
    {
        // The logits of 0.9 and 0.1 differ by ln 9, half of them by ln 3: three to one.
        var images = new ScoredImages([.. Enumerable.Repeat(new[] { 0.9f, 0.1f }, 3)], [0, 0, 1], "");
        Assert.AreEqual(-Math.Log(0.9), Calibration.LogLoss(images, [0, 1], temperature: 1), 1e-6);
        Assert.AreEqual(-(Math.Log(0.75) + Math.Log(0.25)) / 2, Calibration.LogLoss(images, [1, 2], temperature: 2), 1e-6);
    }

    private static double[] Softmax(double[] logits)
    {
        var sum = logits.Sum(Math.Exp);
        return [.. logits.Select(logit => Math.Exp(logit) / sum)];
    }

    [GeneratedRegex("<(script|link|img|iframe)\\b[^>]{0,300}?(src|href)\\s*=\\s*[\"']?(https?:)?//[^>]{0,80}", RegexOptions.IgnoreCase)]
    private static partial Regex OutsideReference();
}
