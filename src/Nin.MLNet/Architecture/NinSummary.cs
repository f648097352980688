using System.Text;

namespace Nin.MLNet;

/// <summary>One row of a summary: what a layer or block gives and costs for one image.</summary>
/// <param name="Layer">What it is.</param>
/// <param name="OutputShape">Shape of its output for a batch of one: [1, C, H, W], and [1, K] at the end.</param>
/// <param name="Parameters">Trainable parameters.</param>
/// <param name="MultiplyAdds">Multiply-adds for one image, forward.</param>
public sealed record NinSummaryRow(string Layer, IReadOnlyList<int> OutputShape, long Parameters, long MultiplyAdds);

/// <summary>The rows of <see cref="NinArchitecture.Summarize"/> with their totals.</summary>
/// <param name="Rows">From input to output.</param>
public sealed record NinSummary(IReadOnlyList<NinSummaryRow> Rows)
{
    /// <summary>Trainable parameters of the whole network.</summary>
    public long Parameters => Rows.Sum(row => row.Parameters);

    /// <summary>Multiply-adds of the whole network for one image, forward.</summary>
    public long MultiplyAdds => Rows.Sum(row => row.MultiplyAdds);

    /// <summary>The rows as a plain table.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var row in Rows)
            text.AppendLine(FormattableString.Invariant($"{row.Layer,-32} [{string.Join(",", row.OutputShape)}] {row.Parameters,12:N0} {row.MultiplyAdds,16:N0}"));
        return text.Append(FormattableString.Invariant($"total: {Parameters:N0} parameters, {MultiplyAdds:N0} multiply-adds")).ToString();
    }
}
