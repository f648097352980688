namespace Nin.MLNet.Stress.Flips;

/// <summary>A file whose bits are flipped.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Valid">The whole file.</param>
/// <param name="Headers">The bytes that are no content but say what and where it is; each is flipped.</param>
/// <param name="Read">What is got from a file: two files are the same to a user where it is.</param>
/// <param name="IsDocumented">Whether this is an exception that a damaged file may end in.</param>
internal sealed record FlipTarget(
    string Name, byte[] Valid, IReadOnlyList<int> Headers, Func<byte[], string> Read, Func<Exception, bool> IsDocumented);
