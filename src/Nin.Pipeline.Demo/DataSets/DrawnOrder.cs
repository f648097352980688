using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>
/// A random order in which two images keep their places whatever other images there are: each place follows from the seed and the image's
/// own name. So a set that has grown since a training is still drawn as it was then, but for the new images.
/// </summary>
internal static class DrawnOrder
{
    /// <param name="names">A name for each row that stays the same, whatever the other rows.</param>
    /// <param name="seed">The same seed gives the same order.</param>
    public static int[] Of(IReadOnlyList<string> names, int seed)
    {
        ulong[] places = [.. names.Select(name => Place(name, seed))];
        return [.. Enumerable.Range(0, names.Count).OrderBy(row => places[row])];
    }

    private static ulong Place(string name, int seed) => BinaryPrimitives.ReadUInt64BigEndian(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed}\n{name}"))));
}
