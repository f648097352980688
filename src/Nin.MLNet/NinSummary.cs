using System.Text;

namespace Nin.MLNet;

/// <summary>The rows of <see cref="NinArchitecture.Summarize"/> with their totals.</summary>
/// <param name="Rows">From input to output.</param>
public sealed record NinSummary(IReadOnlyList<NinSummaryRow> Rows)
{
    /// <summary>Trainable parameters of the whole network.</summary>
    public long Parameters => Rows.Sum(row => row.Parameters);

    /// <summary>Multiply-adds of the whole network for the forward pass of one image.</summary>
    public long MultiplyAdds => Rows.Sum(row => row.MultiplyAdds);

    /// <summary>The rows as a plain table.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        List<(string Layer, string Shape)> names = [.. Rows.Select(row => (row.Layer, $"[{string.Join(",", row.OutputShape)}]"))];
        var (layers, shapes) = (names.Max(name => name.Layer.Length), names.Max(name => name.Shape.Length));
        foreach (var (row, (layer, shape)) in Rows.Zip(names))
            text.Append(layer.PadRight(layers + 1)).Append(shape.PadRight(shapes)).AppendLine(FormattableString.Invariant(
                $"{row.Parameters,11:N0} {row.MultiplyAdds,15:N0}"));
        return text.Append(FormattableString.Invariant($"total: {Parameters:N0} parameters, {MultiplyAdds:N0} multiply-adds")).ToString();
    }
}
