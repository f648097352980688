using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nin.Pipeline.Demo.Output;

/// <summary>The format of all machine-readable results: names in camelCase, letters of any alphabet unescaped.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Indented = Create(isIndented: true);
    private static readonly JsonSerializerOptions OneLine = Create(isIndented: false);

    /// <summary>Writes an object over several lines.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Indented);

    /// <summary>Writes an object on one line.</summary>
    public static string WriteLine<T>(T value) => JsonSerializer.Serialize(value, OneLine);

    /// <summary>Reads what <see cref="WriteLine"/> wrote.</summary>
    /// <exception cref="JsonException">The text is something else.</exception>
    public static T Read<T>(string text) =>
        JsonSerializer.Deserialize<T>(text, OneLine) ?? throw new JsonException("expected an object, found null");

    /// <summary>JSON has no infinities and no NaN: they become null.</summary>
    public static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static JsonSerializerOptions Create(bool isIndented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = isIndented,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };
}
