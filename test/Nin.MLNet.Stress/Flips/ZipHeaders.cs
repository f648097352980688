using System.Buffers.Binary;

namespace Nin.MLNet.Stress.Flips;

/// <summary>Where the headers of a zip are: a local one before each entry, the directory at the end.</summary>
internal static class ZipHeaders
{
    private const int EndLength = 22, DirectoryEntryLength = 46, LocalLength = 30;

    /// <summary>The positions of all bytes that are not an entry's content.</summary>
    public static IReadOnlyList<int> Of(byte[] zip)
    {
        var end = zip.Length - EndLength;
        var (entries, directory) = (U16(zip, end + 10), (int)U32(zip, end + 16));
        var places = new SortedSet<int>(Enumerable.Range(directory, zip.Length - directory));
        for (int i = 0, at = directory; i < entries; i++)
        {
            var local = (int)U32(zip, at + 42);
            places.UnionWith(Enumerable.Range(local, LocalLength + U16(zip, local + 26) + U16(zip, local + 28)));
            at += DirectoryEntryLength + U16(zip, at + 28) + U16(zip, at + 30) + U16(zip, at + 32);
        }

        return [.. places];
    }

    private static ushort U16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}
