// Nin.Server MODEL.zip [PORT]: serves the model to this machine only.
using System.Globalization;
using System.Reflection;
using Nin.Server;

var port = 5000;
if (args.Length is < 1 or > 2 || (args.Length == 2 && !int.TryParse(args[1], CultureInfo.InvariantCulture, out port)))
{
    Console.Error.WriteLine("usage: Nin.Server MODEL.zip [PORT]");
    return 1;
}

try
{
    await using var app = PredictionServer.Create(() => NinImageModel.Load(args[0]), port);
    await app.StartAsync();
    Console.WriteLine($"{args[0]} is served at {string.Join(", ", app.Urls)}");
    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or FormatException
    or InvalidOperationException or ArgumentException or TargetInvocationException)
{
    // ML.NET wraps what a model says when it is loaded.
    Console.Error.WriteLine($"error: {e.GetBaseException().Message}");
    return 1;
}
