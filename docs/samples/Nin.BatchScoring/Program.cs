// Nin.BatchScoring MODEL.zip FOLDER > predictions.csv: the class of every image in a folder, sorted by name.
using System.Reflection;
using Nin.BatchScoring;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: Nin.BatchScoring MODEL.zip FOLDER > predictions.csv");
    return 2;
}

try
{
    var rows = BatchScoring.Run(args[0], args[1], Console.Out);
    Console.Error.WriteLine($"{rows} images");
    return 0;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or FormatException
    or InvalidOperationException or ArgumentException or TargetInvocationException)
{
    // ML.NET wraps what a model says when it is loaded.
    Console.Error.WriteLine($"error: {e.GetBaseException().Message}");
    return 1;
}
