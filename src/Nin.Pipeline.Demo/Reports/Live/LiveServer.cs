using System.Net;
using System.Text;
using System.Text.Json;
using Nin.Pipeline.Demo.Reports.Html;

namespace Nin.Pipeline.Demo.Reports.Live;

/// <summary>Serves a page and its latest figures over HTTP on the loopback address.</summary>
internal sealed class LiveServer : IDisposable
{
    private const int Attempts = 20, FirstFreePort = 49_152, LastFreePort = 65_535;
    private readonly HttpListener listener;
    private readonly Task answering;
    private volatile Shown shown = new(TrainingReport.Of("", [], null), "");

    /// <param name="port">0: any free port.</param>
    /// <exception cref="InvalidOperationException">The port is in use.</exception>
    public LiveServer(int port)
    {
        (listener, Address) = Listen(port);
        answering = Task.Run(Answer);
    }

    /// <summary>Address of the page.</summary>
    public string Address { get; }

    /// <summary>What the page shows from now on.</summary>
    public void Show(ReportContent content, string status) => shown = new Shown(content, status);

    public void Dispose()
    {
        listener.Close();
        answering.Wait();
    }

    private static (HttpListener, string) Listen(int port)
    {
        for (var attempt = 1; ; attempt++)
        {
            var number = port == 0 ? Random.Shared.Next(FirstFreePort, LastFreePort) : port;
            var listener = new HttpListener();
            var address = FormattableString.Invariant($"http://127.0.0.1:{number}/");
            listener.Prefixes.Add(address);
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException e) when (port != 0 || attempt == Attempts)
            {
                listener.Close();
                throw new InvalidOperationException(
                    $"Port {number} cannot be listened on: {e.Message} " +
                    "Name another with --port, or leave --port out for one that is free.", e);
            }
            catch (HttpListenerException)
            {
                listener.Close();
            }
        }
    }

    private async Task Answer()
    {
        while (true)
        {
            try
            {
                var request = await listener.GetContextAsync();
                var (status, type, text) = request.Request.Url!.AbsolutePath switch
                {
                    "/" => (HttpStatusCode.OK, "text/html; charset=utf-8", ReportPage.Render(shown.Content, isLive: true)),
                    "/figures.json" => (HttpStatusCode.OK, "application/json", Figures()),
                    _ => (HttpStatusCode.NotFound, "text/plain", "not found"),
                };
                var bytes = Encoding.UTF8.GetBytes(text);
                (request.Response.StatusCode, request.Response.ContentType) = ((int)status, type);
                request.Response.ContentLength64 = bytes.Length;
                await request.Response.OutputStream.WriteAsync(bytes);
                request.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // The training has ended, or a reader has disconnected in the middle of a response.
                if (!listener.IsListening)
                    return;
            }
        }
    }

    private string Figures()
    {
        var (content, status) = shown;
        return $"{{\"status\":{JsonSerializer.Serialize(status)},\"figures\":{ReportPage.Figures(content)}}}";
    }

    private sealed record Shown(ReportContent Content, string Status);
}
