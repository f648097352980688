using System.Globalization;

namespace Nin.MLNet.Benchmarks;

/// <summary>The kinds of processor that have goals.</summary>
internal enum ProcessorKind
{
    /// <summary>Neither of the other two: no goals.</summary>
    Other,

    /// <summary>AVX2, no bfloat16 arithmetic.</summary>
    Avx2,

    /// <summary>avx512_bf16.</summary>
    BFloat16,
}

/// <summary>The processor as Linux describes it in /proc/cpuinfo.</summary>
internal sealed record Processor(string Model, int Family, int ModelNumber, bool HasBFloat16, bool HasAvx2)
{
    private const string Source = "/proc/cpuinfo";

    public ProcessorKind Kind => HasBFloat16 ? ProcessorKind.BFloat16 : HasAvx2 ? ProcessorKind.Avx2 : ProcessorKind.Other;

    public static Processor OfThisMachine() => Parse(File.ReadLines(Source));

    /// <summary>Reads the first processor listed.</summary>
    public static Processor Parse(IEnumerable<string> cpuinfo)
    {
        var fields = new Dictionary<string, string>();
        foreach (var parts in cpuinfo.Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Where(parts => parts.Length == 2))
            fields.TryAdd(parts[0], parts[1]);
        var flags = fields.GetValueOrDefault("flags", "").Split(' ');
        var model = fields.GetValueOrDefault("model name", "unknown processor");
        return new Processor(model, Number("cpu family"), Number("model"), flags.Contains("avx512_bf16"), flags.Contains("avx2"));

        int Number(string field) =>
            int.TryParse(fields.GetValueOrDefault(field), CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Model} (family {Family}, model {ModelNumber}, avx512_bf16 {YesNo(HasBFloat16)}, avx2 {YesNo(HasAvx2)})");

    private static string YesNo(bool value) => value ? "yes" : "no";
}
