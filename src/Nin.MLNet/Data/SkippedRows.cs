using System.Globalization;
using Nin.MLNet.Training;

namespace Nin.MLNet.Data;

/// <summary>Counts the rows that were not learnt from, by reason.</summary>
internal sealed class SkippedRows
{
    public long WithoutLabel { get; set; }

    public long BadWeight { get; set; }

    public long BadPixels { get; set; }

    public long WithoutImage { get; set; }

    /// <summary>Rows left out on purpose: nothing is wrong with them.</summary>
    public long WeightOfZero { get; set; }

    /// <summary>All skipped rows except those of weight 0.</summary>
    public long Bad => WithoutLabel + BadWeight + BadPixels + WithoutImage;

    /// <summary>What was wrong with the rows, with the counts.</summary>
    public string WithoutZeros => Join(
        (WithoutLabel, "without a label (key 0)"),
        (BadWeight, "with a weight that is negative or not finite"),
        (BadPixels, "with a pixel that is not finite"),
        (WithoutImage, "without an image"));

    /// <summary>Adds the other ranks' counts.</summary>
    public void Share(Replicas replicas)
    {
        double[] counts = [WithoutLabel, BadWeight, BadPixels, WithoutImage, WeightOfZero];
        replicas.Sum(counts);
        (WithoutLabel, BadWeight, BadPixels) = ((long)counts[0], (long)counts[1], (long)counts[2]);
        (WithoutImage, WeightOfZero) = ((long)counts[3], (long)counts[4]);
    }

    public override string ToString() =>
        string.Join(", ", new[] { WithoutZeros, Join((WeightOfZero, "of weight 0")) }.Where(part => part.Length > 0));

    private static string Join(params (long Count, string Reason)[] parts)
    {
        var occurred = parts.Where(part => part.Count > 0);
        return string.Join(", ", occurred.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Count:N0} {part.Reason}")));
    }
}
