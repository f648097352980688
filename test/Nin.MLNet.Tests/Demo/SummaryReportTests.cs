using Nin.Pipeline.Demo.Commands;
using Spectre.Console.Testing;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class SummaryReportTests
{
    [TestMethod]
    public void Summary_Command_PrintsTheBooksShapesInOrderAndThePeers()
    {
        using var console = new TestConsole();
        console.Profile.Width = 100;
        Assert.AreEqual(0, DemoCommands.Create(console, CancellationToken.None).Parse(["summary"]).Invoke());

        string[] shapes =
        [
            "[1,96,54,54]", "[1,96,26,26]", "[1,256,26,26]", "[1,256,12,12]", "[1,384,12,12]", "[1,384,5,5]", "[1,384,5,5]",
            "[1,10,5,5]", "[1,10,1,1]", "[1,10]",
        ];
        var at = 0;
        foreach (var shape in shapes)
        {
            var found = console.Output.IndexOf(shape, at, StringComparison.Ordinal);
            Assert.IsGreaterThanOrEqualTo(0, found, $"{shape} is missing or out of order in:\n{console.Output}");
            at = found + shape.Length;
        }

        string[] parts =
        [
            "1,992,166", "AlexNet", "46,764,746", "VGG-11", "128,806,154",
            "Conv2d(1 -> 96, kernel 11x11, stride 4, padding 0)",
        ];
        foreach (var part in parts)
            StringAssert.Contains(console.Output, part, StringComparison.Ordinal);
    }
}
