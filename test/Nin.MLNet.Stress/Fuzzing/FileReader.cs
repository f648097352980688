namespace Nin.MLNet.Stress.Fuzzing;

/// <summary>What reads a kind of file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Valid">A file that it reads.</param>
/// <param name="Read">Reads a file; the exception for a bad one is <see cref="InvalidDataException"/> and no other.</param>
internal sealed record FileReader(string Name, byte[] Valid, Action<byte[]> Read);
