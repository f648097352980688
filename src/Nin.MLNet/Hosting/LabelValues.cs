using System.Globalization;
using System.Text.Json;
using Microsoft.ML.Data;

namespace Nin.MLNet.Hosting;

/// <summary>
/// Label values as text with the name of their type, in JSON: ["Text","cat","dog"]. ML.NET's own binary form trusts the lengths that it
/// reads and allocates them.
/// </summary>
internal static class LabelValues
{
    /// <summary>Values that are keys, as ML.NET gives them to keys made of keys without values: "Key UInt32 10".</summary>
    private const string Key = "Key";

    private static readonly Dictionary<string, (DataViewType Type, Func<string, object> Parse)> Types = new()
    {
        ["Text"] = (TextDataViewType.Instance, text => text.AsMemory()),
        ["Boolean"] = (BooleanDataViewType.Instance, text => bool.Parse(text)),
        ["SByte"] = (NumberDataViewType.SByte, text => sbyte.Parse(text, CultureInfo.InvariantCulture)),
        ["Byte"] = (NumberDataViewType.Byte, text => byte.Parse(text, CultureInfo.InvariantCulture)),
        ["Int16"] = (NumberDataViewType.Int16, text => short.Parse(text, CultureInfo.InvariantCulture)),
        ["UInt16"] = (NumberDataViewType.UInt16, text => ushort.Parse(text, CultureInfo.InvariantCulture)),
        ["Int32"] = (NumberDataViewType.Int32, text => int.Parse(text, CultureInfo.InvariantCulture)),
        ["UInt32"] = (NumberDataViewType.UInt32, text => uint.Parse(text, CultureInfo.InvariantCulture)),
        ["Int64"] = (NumberDataViewType.Int64, text => long.Parse(text, CultureInfo.InvariantCulture)),
        ["UInt64"] = (NumberDataViewType.UInt64, text => ulong.Parse(text, CultureInfo.InvariantCulture)),
        ["Single"] = (NumberDataViewType.Single, text => float.Parse(text, CultureInfo.InvariantCulture)),
        ["Double"] = (NumberDataViewType.Double, text => double.Parse(text, CultureInfo.InvariantCulture)),
        ["TimeSpan"] = (TimeSpanDataViewType.Instance, text => TimeSpan.Parse(text, CultureInfo.InvariantCulture)),
        ["DateTime"] = (DateTimeDataViewType.Instance,
            text => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind)),
        ["DateTimeOffset"] = (DateTimeOffsetDataViewType.Instance,
            text => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind)),
    };

    /// <summary>JSON of the values, or null if their type has none.</summary>
    public static byte[]? TryWrite<T>(DataViewType type, IEnumerable<T> values) =>
        NameOf(type) is { } name
            ? JsonSerializer.SerializeToUtf8Bytes([name, .. values.Select(value => TextOf(value!))], LabelJson.Default.StringArray)
            : null;

    /// <summary>The type of the values, and the values in an array of that type.</summary>
    /// <exception cref="InvalidDataException">Not something that <see cref="TryWrite"/> writes.</exception>
    public static (DataViewType Type, Array Values) Read(ReadOnlySpan<byte> json)
    {
        try
        {
            if (JsonSerializer.Deserialize(json, LabelJson.Default.StringArray) is [{ } name, .. var texts]
                && TypeOf(name) is var (type, parse))
            {
                var values = Array.CreateInstance(type.RawType, texts.Length);
                for (var i = 0; i < texts.Length; i++)
                    values.SetValue(parse(texts[i] ?? throw new FormatException("a label value is null")), i);
                return (type, values);
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            throw Damaged(e.Message);
        }

        throw Damaged("they have no type that is known");
    }

    public static InvalidDataException Damaged(string what) =>
        new($"The model's label values are damaged: {what}. Get a whole copy of the model zip.");

    private static string? NameOf(DataViewType type) => type is KeyDataViewType key
        ? string.Create(CultureInfo.InvariantCulture, $"{Key} {key.RawType.Name} {key.Count}")
        : Types.FirstOrDefault(known => known.Value.Type.Equals(type)).Key;

    private static (DataViewType Type, Func<string, object> Parse)? TypeOf(string name)
    {
        if (name.Split(' ') is not [Key, var raw, var count])
            return Types.TryGetValue(name, out var known) ? known : null;
        if (!Types.TryGetValue(raw, out var number))
            return null;
        return (new KeyDataViewType(number.Type.RawType, ulong.Parse(count, CultureInfo.InvariantCulture)), number.Parse);
    }

    private static string TextOf(object value) => value switch
    {
        // Its offset would be that of the machine that saves. ML.NET does not keep the kind either.
        DateTime { Kind: DateTimeKind.Local } local => TextOf(DateTime.SpecifyKind(local, DateTimeKind.Unspecified)),
        DateTime or DateTimeOffset => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
