using System.Globalization;

namespace Nin.MLNet.Stress.Flips;

/// <summary>The outcome of the flipped files.</summary>
/// <param name="Name">The file.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="HeaderBytes">How many of its bytes are headers.</param>
/// <param name="HeaderFlips">Flips in headers.</param>
/// <param name="DrawnFlips">Flips at random positions over the whole file.</param>
/// <param name="Same">Files that were read with the same content as the undamaged file.</param>
/// <param name="Refused">Files that were rejected, by exception type.</param>
/// <param name="Wrong">Files that were read with other content, or failed with an undocumented exception.</param>
/// <param name="Slowest">The longest time that one file took.</param>
/// <param name="MostAllocated">The most managed bytes that one file took.</param>
internal sealed record FlipOutcome(
    string Name, int Bytes, int HeaderBytes, int HeaderFlips, int DrawnFlips, int Same,
    IReadOnlyDictionary<string, int> Refused, IReadOnlyList<string> Wrong, TimeSpan Slowest, long MostAllocated)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}: {Bytes:N0} bytes, {HeaderBytes:N0} of them headers; {HeaderFlips:N0} bits flipped in headers and {DrawnFlips:N0} at " +
        $"drawn places: {Same:N0} read as before, {Refused.Values.Sum():N0} refused ({Types}), {Wrong.Count:N0} wrong; at most " +
        $"{Slowest.TotalMilliseconds:N0} ms and {MostAllocated:N0} managed bytes for one") +
        string.Concat(Wrong.Take(20).Select(wrong => $"\n  {wrong}"));

    private string Types => string.Join(", ", Refused.OrderByDescending(type => type.Value).Select(type => $"{type.Key} {type.Value}"));
}
