using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.Book;

namespace Nin.MLNet.Tests.Samples;

/// <summary>Compares docs/nin.md with the sample that it shows.</summary>
[TestClass]
public sealed class BookTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "nin.md"));

    [TestMethod]
    public void CodeOfThePage_IsTheSamples()
    {
        var source = File.ReadAllText(Path.Combine(Repository.Root, "docs", "samples", "Nin.Book", "Section73.cs"));
        var blocks = Blocks("csharp");
        Assert.HasCount(5, blocks);
        foreach (var block in blocks)
            StringAssert.Contains(Trimmed(source), Trimmed(block), StringComparison.Ordinal);
    }

    [TestMethod]
    public void OutputOfThePage_IsWhatTheSamplePrints()
    {
        var outputs = Blocks("text");
        Action[] printers = [Section73.Block, Section73.Model, Section73.Shapes, Section73.Exercise];
        Assert.HasCount(printers.Length, outputs);
        foreach (var (print, output) in printers.Zip(outputs))
            Assert.AreEqual(Trimmed(output), Trimmed(Printed(print)));
    }

    [TestMethod]
    public void Load_TestImages_AreAThousandOfEachClass()
    {
        var labels = FashionMnistFiles.Load(new MLContext(), "t10k", rows: 10_000).GetColumn<uint>("Label").ToList();
        for (var key = 1u; key <= 10; key++)
            Assert.AreEqual(1_000, labels.Count(label => label == key), $"key {key}");
    }

    [TestMethod]
    public void Training_InItsShortForm_PrintsEpochsAndTestAccuracy()
    {
        var lines = Printed(() => Section73.Training(side: 72, trainRows: 256, testRows: 64, epochs: 1))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.HasCount(2, lines);
        StringAssert.StartsWith(lines[0], "epoch 1: loss 2.");
        StringAssert.Matches(lines[1], new(@"^test accuracy \d+\.\d\d ?%, log-loss \d+\.\d{3}\r?$"));
    }

    private static List<string> Blocks(string language) =>
        [.. Page.Split($"```{language}\n").Skip(1).Select(rest => rest[..rest.IndexOf("```", StringComparison.Ordinal)])];

    private static string Printed(Action print)
    {
        var (console, culture) = (Console.Out, CultureInfo.CurrentCulture);
        using var text = new StringWriter();
        try
        {
            Console.SetOut(text);
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            print();
        }
        finally
        {
            Console.SetOut(console);
            CultureInfo.CurrentCulture = culture;
        }

        return text.ToString();
    }

    private static string Trimmed(string text) =>
        string.Join('\n', text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));
}
