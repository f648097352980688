using Microsoft.Playwright;
using Nin.Pipeline.Demo.Reports.Html;
using Nin.Pipeline.Demo.Reports.Live;

namespace Nin.MLNet.Tests.Demo.Reports;

/// <summary>The report in a real browser.</summary>
[TestClass]
public sealed class ChromiumTests
{
    private const string Chromium = "/usr/bin/chromium";
    private static IPlaywright? playwright;
    private static IBrowser? browser;

    [ClassInitialize]
    public static async Task Start(TestContext context)
    {
        if (!File.Exists(Chromium))
            return;
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-gpu"] });
    }

    [ClassCleanup]
    public static async Task Stop()
    {
        if (browser is not null)
            await browser.CloseAsync();
        playwright?.Dispose();
    }

    [TestMethod]
    [DataRow(400, ColorScheme.Light)]
    [DataRow(400, ColorScheme.Dark)]
    [DataRow(1200, ColorScheme.Light)]
    [DataRow(1200, ColorScheme.Dark)]
    public async Task Report_AnyWidthAndScheme_DrawsEveryChartWithoutAnError(int width, ColorScheme scheme)
    {
        var (page, errors) = await Open(width, scheme);
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.html");
        ReportPage.Write(ReportContents.Whole(), path);
        await page.GotoAsync(new Uri(path).AbsoluteUri);
        File.Delete(path);

        Assert.AreEqual(6, await page.Locator(".chart").CountAsync());
        foreach (var (chart, marks) in new[]
        {
            ("learning", ".scatterlayer .trace"), ("rate", ".scatterlayer .trace"), ("speed", ".scatterlayer .trace"),
            ("gradient", ".scatterlayer .trace"), ("confusion", ".heatmaplayer .hm"), ("reliability", ".scatterlayer .trace"),
        })
            Assert.IsGreaterThan(0, await page.Locator($"#{chart} {marks}").CountAsync(), chart);
        Assert.AreEqual(5, await page.Locator("#learning .scatterlayer .trace").CountAsync());
        Assert.AreEqual(2, await page.Locator("#learning .ytitle, #learning .y2title").CountAsync());

        // The page itself never scrolls sideways; wide tables scroll within it.
        Assert.IsLessThanOrEqualTo(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        var paper = await page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        Assert.AreEqual(scheme == ColorScheme.Dark ? "rgb(20, 24, 30)" : "rgb(255, 255, 255)", paper);
        Assert.IsNull(await page.EvaluateAsync<bool?>("window.broken ?? null"));
        StringAssert.Contains(await page.Locator("main").InnerTextAsync(), ReportContents.HostileNames[1], StringComparison.Ordinal);
        Assert.AreEqual("", string.Join('\n', errors));
        await KeepPicture(page, $"report-{width}-{scheme}.png");
    }

    [TestMethod]
    public async Task Play_Pressed_DrawsTheEpochsOneAfterTheOther()
    {
        var (page, errors) = await Open(1200, ColorScheme.Light);
        await page.SetContentAsync(ReportPage.Render(ReportContents.Whole(epochs: 6)));
        const string points = "document.getElementById('learning').data[0].x.length";
        Assert.AreEqual(6, await page.EvaluateAsync<int>(points));
        await page.ClickAsync("#play");
        await page.WaitForFunctionAsync($"{points} < 6");
        await page.WaitForFunctionAsync($"{points} === 6");
        Assert.AreEqual("", string.Join('\n', errors));
    }

    [TestMethod]
    public async Task LivePage_WhileTrainingRuns_FollowsItAndEndsWithIt()
    {
        var (page, errors) = await Open(800, ColorScheme.Light);
        using (var server = new LiveServer(port: 0))
        {
            StringAssert.StartsWith(server.Address, "http://127.0.0.1:");
            server.Show(TrainingReport.Of("live", ReportContents.History(1), null), "Epoch 1 of 3");
            await page.GotoAsync(server.Address);
            const string points = "document.getElementById('learning').data[0].x.length";
            Assert.AreEqual(1, await page.EvaluateAsync<int>(points));
            server.Show(TrainingReport.Of("live", ReportContents.History(3), null), "Epoch 3 of <3>");
            await page.WaitForFunctionAsync($"{points} === 3");
            Assert.AreEqual("Epoch 3 of <3>", await page.Locator("#live").InnerTextAsync());
        }

        await page.WaitForFunctionAsync("document.getElementById('live').textContent.includes('has ended')");
        // The browser reports that the server is gone, as it should, and nothing else.
        Assert.IsTrue(errors.All(error => error.Contains("ERR_CONNECTION", StringComparison.Ordinal)), string.Join('\n', errors));
    }

    [TestMethod]
    public async Task LiveServer_PortInUse_SaysWhatToDo()
    {
        using var server = new LiveServer(port: 0);
        var port = new Uri(server.Address).Port;
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => new LiveServer(port));
        StringAssert.Contains(error.Message, "--port", StringComparison.Ordinal);
        using var client = new HttpClient();
        Assert.AreEqual(System.Net.HttpStatusCode.NotFound, (await client.GetAsync(server.Address + "secret")).StatusCode);
    }

    private static async Task<(IPage Page, List<string> Errors)> Open(int width, ColorScheme scheme)
    {
        if (browser is null)
            Assert.Inconclusive($"There is no {Chromium}: install Debian's package chromium.");
        var page = await browser!.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme });
        var errors = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                errors.Add(message.Text);
        };
        page.PageError += (_, error) => errors.Add(error);
        return (page, errors);
    }

    /// <summary>A command, not a check: keeps screenshots in the folder that NIN_KEEP_PICTURES names, if any.</summary>
    private static async Task KeepPicture(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("NIN_KEEP_PICTURES") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name), FullPage = true });
    }
}
