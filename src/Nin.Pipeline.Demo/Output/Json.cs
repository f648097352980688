using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nin.Pipeline.Demo.Output;

/// <summary>How all machine-readable results are written: names in camelCase, letters of any alphabet as they are.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions Indented = Create(isIndented: true);
    private static readonly JsonSerializerOptions OneLine = Create(isIndented: false);

    /// <summary>An object over several lines.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Indented);

    /// <summary>An object in one line.</summary>
    public static string WriteLine<T>(T value) => JsonSerializer.Serialize(value, OneLine);

    /// <summary>What <see cref="WriteLine"/> wrote.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static T Read<T>(string text) =>
        JsonSerializer.Deserialize<T>(text, OneLine) ?? throw new JsonException("expected an object, found null");

    /// <summary>JSON knows no infinities and no NaN: those become null.</summary>
    public static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static JsonSerializerOptions Create(bool isIndented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = isIndented,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };
}
