using System.Net;

namespace Nin.Server;

/// <summary>POST /predict, POST /reload and GET /health, reachable only from this machine.</summary>
public static class PredictionServer
{
    private const long MostBytes = 10 << 20;

    /// <summary>A server ready to start.</summary>
    /// <param name="load">Loads the model, now and at each reload.</param>
    /// <param name="port">0: any free port.</param>
    public static WebApplication Create(Func<IImageModel> load, int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        // A line in the log costs more than a prediction.
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Limits.MaxRequestBodySize = MostBytes;
        });
        var model = new LiveModel(load);
        // The container creates it, so the container disposes it too.
        builder.Services.AddSingleton(_ => model);

        var app = builder.Build();
        app.MapPost("/predict", Predict);
        app.MapPost("/reload", Reload);
        app.MapGet("/health", () => Results.Text("healthy"));
        return app;
    }

    private static async Task<IResult> Predict(HttpRequest request, LiveModel model)
    {
        using var file = new MemoryStream();
        try
        {
            await request.Body.CopyToAsync(file, request.HttpContext.RequestAborted);
        }
        catch (BadHttpRequestException e)
        {
            // The body is too large, or the connection broke.
            return Results.Text(e.Message, statusCode: e.StatusCode);
        }

        if (!UploadedImage.TryDecode(file.GetBuffer().AsSpan(0, (int)file.Length), out var image, out var problem))
            return Results.Text(problem, statusCode: StatusCodes.Status400BadRequest);
        using (image)
            return Results.Ok(model.Predict(image));
    }

    private static IResult Reload(LiveModel model)
    {
        try
        {
            model.Reload();
            return Results.Text("reloaded");
        }
        catch (Exception e)
        {
            // ML.NET wraps the exceptions of its loader.
            var message = $"The old model stays. {e.GetBaseException().Message}";
            return Results.Text(message, statusCode: StatusCodes.Status500InternalServerError);
        }
    }
}
