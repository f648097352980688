namespace Nin.Pipeline.Demo.Output;

/// <summary>A file cannot be written to the requested place.</summary>
internal sealed class OutputException(string message, Exception inner) : Exception(message, inner)
{
    public static OutputException For(string path, Exception e) =>
        new($"{path}: cannot be written to: {e.Message} Name another place with --out.", e);
}
