namespace Nin.MLNet.Network;

/// <summary>Follows one image through the layers and adds up the costs, group by group.</summary>
internal static class LayerCosts
{
    public static NinSummary Of(NinArchitecture architecture, int height, int width)
    {
        var rows = new List<NinSummaryRow>();
        foreach (var group in architecture.Layers.GroupBy(layer => layer.Group))
        {
            long multiplyAdds = 0;
            foreach (var layer in group)
            {
                (height, width) = (layer.OutputSide(height), layer.OutputSide(width));
                multiplyAdds += layer.MultiplyAdds(height, width);
            }

            var last = group.Last();
            int[] shape = last.Kind == LayerKind.Flatten ? [1, last.Out] : [1, last.Out, height, width];
            rows.Add(new NinSummaryRow(Describe([.. group]), shape, group.Sum(layer => layer.Parameters), multiplyAdds));
        }

        return new NinSummary(rows);
    }

    private static string Describe(IReadOnlyList<Layer> group)
    {
        var first = group[0];
        if (first.Kind != LayerKind.Convolution)
            return first.ToString();
        var channels = group.Where(layer => layer.Kind == LayerKind.Convolution).Select(layer => layer.Out);
        return $"NinBlock({string.Join("-", channels)}, {first.Kernel}x{first.Kernel}, s{first.Stride}, p{first.Padding})";
    }
}
