using static TorchSharp.torch;

namespace Nin.MLNet.Persistence;

/// <summary>A tensor of a safetensors file.</summary>
/// <param name="Type">Its number format, as safetensors names it.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="From">Where its values start, in bytes from the first value of the file.</param>
/// <param name="To">Where they end.</param>
internal sealed record SafeTensorsEntry(string Type, IReadOnlyList<long> Shape, long From, long To)
{
    private static readonly Dictionary<string, (int Width, ScalarType? Type)> Known = new()
    {
        ["F32"] = (4, ScalarType.Float32),
        ["F16"] = (2, ScalarType.Float16),
        ["BF16"] = (2, ScalarType.BFloat16),
        ["F64"] = (8, ScalarType.Float64),
        // PyTorch's counter of batches is skipped.
        ["I64"] = (8, null),
    };

    /// <summary>Names of the number formats that can be read.</summary>
    public static IEnumerable<string> Types => Known.Keys;

    /// <summary>The format of weights; null for a format that weights cannot have.</summary>
    public ScalarType? WeightType => Known[Type].Type;

    /// <summary>Bytes per value; null for an unknown format.</summary>
    public static int? WidthOf(string? type) => type is not null && Known.TryGetValue(type, out var known) ? known.Width : null;
}
