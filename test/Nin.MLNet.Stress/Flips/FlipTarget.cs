namespace Nin.MLNet.Stress.Flips;

/// <summary>A file whose bits are flipped.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Valid">The undamaged file.</param>
/// <param name="Headers">The bytes that are not content but describe what it is and where; each is flipped.</param>
/// <param name="Read">What a user gets from a file; two files are the same to the user if this is equal.</param>
/// <param name="IsDocumented">Whether a damaged file may end in this exception.</param>
internal sealed record FlipTarget(
    string Name, byte[] Valid, IReadOnlyList<int> Headers, Func<byte[], string> Read, Func<Exception, bool> IsDocumented);
