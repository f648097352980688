namespace Nin.MLNet.Stress.Fuzzing;

/// <summary>A reader of one kind of file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Valid">A file that it accepts.</param>
/// <param name="Read">Reads a file; for a bad one it throws <see cref="InvalidDataException"/> and nothing else.</param>
internal sealed record FileReader(string Name, byte[] Valid, Action<byte[]> Read);
