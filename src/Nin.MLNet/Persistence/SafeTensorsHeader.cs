using System.Buffers.Binary;
using System.Text.Json;

namespace Nin.MLNet.Persistence;

/// <summary>
/// What a safetensors file says about its tensors. As in the format's reference implementation, it is accepted only if all of it holds: no
/// duplicate name, no gap, no overlap, nothing before or after the values.
/// </summary>
internal static class SafeTensorsHeader
{
    private const string Metadata = "__metadata__";
    private const int PrefixBytes = 8, LongestHeader = 100 << 20;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Reads the tensors by name; the stream is then at the first value.</summary>
    /// <param name="stream">The whole file; must be seekable.</param>
    /// <param name="origin">What to call it in an error.</param>
    /// <exception cref="InvalidDataException">Cut short, or does not follow the format.</exception>
    public static IReadOnlyDictionary<string, SafeTensorsEntry> Read(Stream stream, string origin)
    {
        var bytes = stream.Length - stream.Position;
        var prefix = new byte[PrefixBytes];
        if (stream.ReadAtLeast(prefix, PrefixBytes, throwOnEndOfStream: false) < PrefixBytes)
            throw Bad(origin, $"is cut short: expected at least {PrefixBytes} bytes, found {bytes}. Get a whole copy of it");
        var length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (length is < 2 or > LongestHeader)
            throw Bad(origin, $"is no safetensors file: it starts with a header length of {length}, expected 2 to {LongestHeader}");
        if (length > bytes - PrefixBytes)
            throw Bad(origin, $"is cut short: expected a header of {length} bytes, found {bytes - PrefixBytes}. Get a whole copy of it");
        var json = new byte[length];
        stream.ReadExactly(json);
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            var entries = document.RootElement.EnumerateObject().Where(property => property.Name != Metadata)
                .ToDictionary(property => property.Name, property => Entry(property, origin));
            CheckPlaces(entries, bytes - PrefixBytes - length, origin);
            return entries;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new InvalidDataException($"{origin} has a damaged safetensors header: {e.Message}", e);
        }
    }

    private static SafeTensorsEntry Entry(JsonProperty property, string origin)
    {
        var name = property.Name;
        if (property.Value.ValueKind != JsonValueKind.Object)
            throw Bad(origin, $"has '{name}' as {property.Value.ValueKind}: expected an object of dtype, shape and data_offsets");
        var type = property.Value.GetProperty("dtype").GetString();
        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        long[] offsets = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
        var width = SafeTensorsEntry.WidthOf(type)
            ?? throw Bad(origin, $"has '{name}' of type {type}: expected {string.Join(", ", SafeTensorsEntry.Types)}");
        Int128 values = 1;
        foreach (var size in shape)
        {
            if (size < 0 || (values *= size) > long.MaxValue)
                throw Bad(origin, $"has '{name}' of shape [{string.Join(", ", shape)}], which no tensor has");
        }

        if (offsets is not [var from, var to] || from < 0 || to < from || to - from != values * width)
            throw Bad(
                origin,
                $"has '{name}' at bytes [{string.Join(", ", offsets)}]: expected {values * width} for shape [{string.Join(", ", shape)}]");
        return new SafeTensorsEntry(type!, shape, from, to);
    }

    private static void CheckPlaces(Dictionary<string, SafeTensorsEntry> entries, long bytes, string origin)
    {
        var at = 0L;
        foreach (var (name, entry) in entries.OrderBy(entry => entry.Value.From).ThenBy(entry => entry.Value.To))
        {
            if (entry.From != at)
                throw Bad(origin, $"has '{name}' at byte {entry.From}: expected {at}, where the tensor before it ends");
            at = entry.To;
        }

        if (at > bytes)
            throw Bad(origin, FormattableString.Invariant(
                $"is cut short: its header promises {at:N0} bytes of values, found {bytes:N0}. Get a whole copy of it"));
        if (at < bytes)
            throw Bad(origin, FormattableString.Invariant($"has {bytes - at:N0} bytes after its last tensor: expected none"));
    }

    private static InvalidDataException Bad(string origin, string what) => new($"{origin} {what}.");
}
