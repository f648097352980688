using System.Buffers.Binary;
using System.Text;

namespace Nin.MLNet.Native;

/// <summary>
/// libLibTorchSharp.so was linked with GCC 13 and asks libstdc++ for symbol version GLIBCXX_3.4.32. The one symbol that needs it is never
/// called, yet with an older libstdc++ the whole library is refused. An ELF file may mark a needed version as weak; then the loader carries
/// on without it. A copy in memory gets that mark; the file is not changed.
/// </summary>
internal static class WeakVersionNeed
{
    private const string Version = "GLIBCXX_3.4.32";
    private const uint SectionTypeVersionNeed = 0x6ffffffe;
    private const ushort WeakFlag = 2;

    /// <summary>The library's bytes with the mark set.</summary>
    public static byte[] PatchedCopyOf(string library)
    {
        var image = File.ReadAllBytes(library);
        MarkWeak(image, Version);
        return image;
    }

    /// <summary>Sets VER_FLG_WEAK on the entry of <paramref name="version"/> in a 64-bit little-endian ELF image.</summary>
    /// <returns>Whether the image asks for that version at all.</returns>
    internal static bool MarkWeak(Span<byte> image, string version)
    {
        var sections = (int)U64(image, 0x28);
        int size = U16(image, 0x3A), count = U16(image, 0x3C);
        var found = false;
        for (var i = 0; i < count; i++)
        {
            var section = sections + (i * size);
            if (U32(image, section + 4) != SectionTypeVersionNeed)
                continue;

            var strings = (int)U64(image, sections + ((int)U32(image, section + 0x28) * size) + 0x18);
            for (int need = (int)U64(image, section + 0x18), step = 1; step != 0; need += step)
            {
                for (int entry = need + (int)U32(image, need + 8), next = 1; next != 0; entry += next)
                {
                    if (IsString(image[(strings + (int)U32(image, entry + 8))..], version))
                    {
                        var flags = image.Slice(entry + 4, 2);
                        BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(U16(flags, 0) | WeakFlag));
                        found = true;
                    }

                    next = (int)U32(image, entry + 12);
                }

                step = (int)U32(image, need + 12);
            }
        }

        return found;
    }

    private static bool IsString(ReadOnlySpan<byte> at, string text) =>
        at.StartsWith(Encoding.ASCII.GetBytes(text)) && at[text.Length] == 0;

    private static ushort U16(ReadOnlySpan<byte> image, int at) => BinaryPrimitives.ReadUInt16LittleEndian(image[at..]);

    private static uint U32(ReadOnlySpan<byte> image, int at) => BinaryPrimitives.ReadUInt32LittleEndian(image[at..]);

    private static ulong U64(ReadOnlySpan<byte> image, int at) => BinaryPrimitives.ReadUInt64LittleEndian(image[at..]);
}
