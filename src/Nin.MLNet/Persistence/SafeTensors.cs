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
    private const string Counter = "num_batches_tracked";

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
    /// <param name="network">Receives the weights; changed only if all of them fit.</param>
    /// <exception cref="InvalidDataException">
    /// Cut short, not a safetensors file, or its names or shapes differ from the network's.
    /// </exception>
    public static void ReadInto(Stream stream, string origin, NinNetwork network)
    {
        using var scope = NewDisposeScope();
        var header = SafeTensorsHeader.Read(stream, origin);
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
            if (header[name].WeightType is null)
                throw new InvalidDataException($"{origin} holds '{name}' of type {header[name].Type}: expected F32, F16, BF16 or F64.");
        }

        // Everything is read before anything is changed.
        var first = stream.Position;
        var read = network.State.Select(entry => (entry.Value, Read: Decode(stream, first, header[entry.Name]))).ToList();
        using var _ = no_grad();
        foreach (var (value, weights) in read)
            value.copy_(weights.view(value.shape));
    }

    private static string List(List<string> names) =>
        names.Count == 0
            ? "none"
            : string.Join(", ", names.Take(5)) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");

    private static Tensor Decode(Stream stream, long first, SafeTensorsEntry entry)
    {
        var raw = empty(entry.Shape.Aggregate(1L, (product, size) => product * size), dtype: entry.WeightType, device: CPU);
        stream.Position = first + entry.From;
        stream.ReadExactly(raw.bytes);
        return raw.to(ScalarType.Float32);
    }

    private sealed record Entry(
        [property: System.Text.Json.Serialization.JsonPropertyName("dtype")] string Type,
        [property: System.Text.Json.Serialization.JsonPropertyName("shape")] long[] Shape,
        [property: System.Text.Json.Serialization.JsonPropertyName("data_offsets")] long[] Offsets);
}
