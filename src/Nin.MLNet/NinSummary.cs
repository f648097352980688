using System.Text;

namespace Nin.MLNet;

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
            text.AppendLine(FormattableString.Invariant(
                $"{row.Layer,-32} [{string.Join(",", row.OutputShape)}] {row.Parameters,12:N0} {row.MultiplyAdds,16:N0}"));
        return text.Append(FormattableString.Invariant($"total: {Parameters:N0} parameters, {MultiplyAdds:N0} multiply-adds")).ToString();
    }
}
