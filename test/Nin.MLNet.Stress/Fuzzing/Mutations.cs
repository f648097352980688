using System.Text;
using CsCheck;

namespace Nin.MLNet.Stress.Fuzzing;

/// <summary>Nearly valid files: bytes changed, cut, duplicated or moved; numbers and words of the text made extreme.</summary>
internal static class Mutations
{
    private static readonly string[] Words =
    [
        "null", "true", "-1", "0", "1", "2", "9", "255", "65536", "2147483647", "2147483648", "-2147483648", "4294967296",
        "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1e308", "1e999", "\"NaN\"", "0.5",
        "\"\"", "[]", "{}", "[null]", "[[[[[[[[[[", "\"F32\"", "\"I64\"",
    ];

    private static readonly long[] Lengths = [0, 1, -1, int.MaxValue, long.MaxValue, 1 << 20];

    private static readonly Gen<string> Word = Gen.Int[0, Words.Length - 1].Select(i => Words[i]);

    /// <summary>One to four mutations of a file, one after the other.</summary>
    public static Gen<byte[]> Of(byte[] valid) =>
        Gen.OneOf(Flip, Cut, Double, Overwrite, Length, Replace).Array[1, 4]
            .Select(changes => changes.Aggregate(valid, (bytes, change) => bytes.Length == 0 ? bytes : change(bytes)));

    private static Gen<Func<byte[], byte[]>> Flip { get; } = Gen.Select(Gen.UInt, Gen.Byte, (place, value) => Change(bytes =>
    {
        byte[] copy = [.. bytes];
        copy[place % copy.Length] ^= (byte)(value | 1);
        return copy;
    }));

    private static Gen<Func<byte[], byte[]>> Cut { get; } = Gen.Select(Gen.UInt, Gen.Int[1, 64], (place, length) => Change(bytes =>
    {
        var from = (int)(place % bytes.Length);
        return [.. bytes[..from], .. bytes[Math.Min(bytes.Length, from + length)..]];
    }));

    private static Gen<Func<byte[], byte[]>> Double { get; } = Gen.Select(
        Gen.UInt, Gen.UInt, Gen.Int[1, 256], (from, to, length) => Change(bytes =>
        {
            var (start, place) = ((int)(from % bytes.Length), (int)(to % bytes.Length));
            return [.. bytes[..place], .. bytes[start..Math.Min(bytes.Length, start + length)], .. bytes[place..]];
        }));

    private static Gen<Func<byte[], byte[]>> Overwrite { get; } = Gen.Select(
        Gen.UInt, Gen.Byte.Array[1, 32], (place, drawn) => Change(bytes =>
        {
            byte[] copy = [.. bytes];
            var from = (int)(place % copy.Length);
            drawn.AsSpan(0, Math.Min(drawn.Length, copy.Length - from)).CopyTo(copy.AsSpan(from));
            return copy;
        }));

    /// <summary>Overwrites four or eight bytes with a length, near the start, where lengths are stored.</summary>
    private static Gen<Func<byte[], byte[]>> Length { get; } = Gen.Select(
        Gen.Int[0, 24], Gen.Int[0, Lengths.Length - 1], (place, which) => Change(bytes =>
        {
            byte[] copy = [.. bytes];
            var number = BitConverter.GetBytes(Lengths[which]).AsSpan();
            if (place < copy.Length)
                number[..Math.Min(number.Length, copy.Length - place)].CopyTo(copy.AsSpan(place));
            return copy;
        }));

    /// <summary>Replaces a number or word of the text, sometimes padded with spaces to the same length where possible.</summary>
    private static Gen<Func<byte[], byte[]>> Replace { get; } = Gen.Select(Gen.UInt, Word, Gen.Bool, (place, word, keepsLength) =>
        Change(bytes =>
        {
            var starts = Enumerable.Range(1, bytes.Length - 1).Where(i => IsPart(bytes[i]) && !IsPart(bytes[i - 1])).Take(2_000).ToList();
            if (starts.Count == 0)
                return bytes;
            var from = starts[(int)(place % starts.Count)];
            var to = from;
            while (to < bytes.Length && IsPart(bytes[to]))
                to++;
            var text = Encoding.ASCII.GetBytes(keepsLength ? word.PadRight(to - from) : word);
            return [.. bytes[..from], .. text, .. bytes[to..]];
        }));

    private static Func<byte[], byte[]> Change(Func<byte[], byte[]> change) => change;

    private static bool IsPart(byte value) => char.IsAsciiLetterOrDigit((char)value) || value is (byte)'.' or (byte)'-';
}
