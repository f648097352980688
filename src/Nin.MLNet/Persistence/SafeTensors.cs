using System.Buffers.Binary;
using System.Text.Json;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Persistence;

/// <summary>
/// The safetensors format: 8 bytes of header length, a JSON header, then the raw values. Written as F32; F16, BF16 and F64 are read too.
/// </summary>
internal static class SafeTensors
{
    private const string Metadata = "__metadata__", Counter = "num_batches_tracked";
    private const long LongestHeader = 100L << 20;

    public static void Write(Stream stream, NinNetwork network)
    {
        using var scope = NewDisposeScope();
        var header = new Dictionary<string, Entry>();
        long offset = 0;
        foreach (var (name, value) in network.State)
        {
            var end = offset + (value.numel() * sizeof(float));
            header.Add(name, new Entry("F32", value.shape, [offset, end]));
            offset = end;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        // Padded with spaces to a multiple of eight, so that the values are aligned.
        var length = (json.Length + 7) / 8 * 8;
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, length);
        stream.Write(prefix);
        stream.Write(json);
        stream.Write("        "u8[..(length - json.Length)]);
        foreach (var (_, value) in network.State)
            stream.Write(value.detach().cpu().contiguous().bytes);
    }

    /// <summary>Copies the file's weights into the network.</summary>
    /// <param name="stream">The whole file.</param>
    /// <param name="origin">What to call it in an error.</param>
    /// <param name="network">Takes the weights; changed only if all of them fit.</param>
    /// <exception cref="InvalidDataException">Cut short or no safetensors file, or its names or shapes are not the network's.</exception>
    public static void ReadInto(Stream stream, string origin, NinNetwork network)
    {
        using var scope = NewDisposeScope();
        var header = ReadHeader(stream, origin);
        var values = new byte[header.Count == 0 ? 0 : header.Values.Max(entry => entry.Offsets[1])];
        var found = stream.ReadAtLeast(values, values.Length, throwOnEndOfStream: false);
        if (found < values.Length)
            throw new InvalidDataException(
                FormattableString.Invariant(
                    $"{origin} is cut short: its header promises {values.Length:N0} bytes of values, found {found:N0}. ") +
                "Get a whole copy of it.");

        var known = network.State.Select(entry => entry.Name).ToHashSet();
        var surplus = header.Keys.Where(name => !known.Contains(name) && !name.EndsWith(Counter, StringComparison.Ordinal)).ToList();
        var missing = known.Where(name => !header.ContainsKey(name)).ToList();
        if (surplus.Count + missing.Count > 0)
            throw new InvalidDataException(
                $"{origin} holds the weights of another architecture: missing {List(missing)}, not known here {List(surplus)}.");
        foreach (var (name, value) in network.State)
        {
            if (!header[name].Shape.SequenceEqual(value.shape))
                throw new InvalidDataException(
                    $"{origin} holds '{name}' of shape [{string.Join(", ", header[name].Shape)}]: " +
                    $"expected [{string.Join(", ", value.shape)}].");
        }

        using var _ = no_grad();
        foreach (var (name, value) in network.State)
            value.copy_(Decode(header[name], values, origin, name).view(value.shape));
    }

    private static string List(List<string> names) =>
        names.Count == 0
            ? "none"
            : string.Join(", ", names.Take(5)) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");

    private static Dictionary<string, Entry> ReadHeader(Stream stream, string origin)
    {
        var prefix = new byte[8];
        if (stream.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
            throw new InvalidDataException($"{origin} is cut short: expected at least 8 bytes.");
        var length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (length is < 2 or > LongestHeader)
            throw new InvalidDataException(
                $"{origin} is no safetensors file: it starts with a header length of {length}, expected 2 to {LongestHeader}.");
        var json = new byte[length];
        var found = stream.ReadAtLeast(json, json.Length, throwOnEndOfStream: false);
        if (found < json.Length)
            throw new InvalidDataException($"{origin} is cut short: expected a header of {length} bytes, found {found}.");
        try
        {
            using var document = JsonDocument.Parse(json);
            var header = document.RootElement.EnumerateObject().Where(property => property.Name != Metadata)
                .ToDictionary(property => property.Name, property => property.Value.Deserialize<Entry>()!);
            foreach (var (name, entry) in header)
            {
                var bytes = entry.Shape.Aggregate(1L, (product, size) => checked(product * size)) * Width(entry, origin, name);
                if (entry.Offsets is not [var from, var to] || from < 0 || to > int.MaxValue || to - from != bytes)
                    throw new InvalidDataException(FormattableString.Invariant(
                        $"{origin}: '{name}' is at bytes [{string.Join(", ", entry.Offsets)}], which does not hold {bytes:N0} bytes."));
            }

            return header;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or OverflowException or ArgumentNullException)
        {
            throw new InvalidDataException($"{origin} has a damaged safetensors header: {e.Message}", e);
        }
    }

    private static int Width(Entry entry, string origin, string name) => entry.Type switch
    {
        "F64" or "I64" => 8,
        "F32" => 4,
        "F16" or "BF16" => 2,
        _ => throw new InvalidDataException($"{origin}: '{name}' is of type {entry.Type}: expected F32, F16, BF16 or F64."),
    };

    private static Tensor Decode(Entry entry, byte[] values, string origin, string name)
    {
        var type = entry.Type switch
        {
            "F64" => ScalarType.Float64,
            "F32" => ScalarType.Float32,
            "F16" => ScalarType.Float16,
            "BF16" => ScalarType.BFloat16,
            _ => throw new InvalidDataException($"{origin}: '{name}' is of type {entry.Type}: expected F32, F16, BF16 or F64."),
        };
        var raw = empty((entry.Offsets[1] - entry.Offsets[0]) / Width(entry, origin, name), dtype: type);
        values.AsSpan((int)entry.Offsets[0], (int)(entry.Offsets[1] - entry.Offsets[0])).CopyTo(raw.bytes);
        return raw.to(ScalarType.Float32);
    }

    private sealed record Entry(
        [property: System.Text.Json.Serialization.JsonPropertyName("dtype")] string Type,
        [property: System.Text.Json.Serialization.JsonPropertyName("shape")] long[] Shape,
        [property: System.Text.Json.Serialization.JsonPropertyName("data_offsets")] long[] Offsets);
}
