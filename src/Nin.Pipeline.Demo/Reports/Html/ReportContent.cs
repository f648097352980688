using Nin.MLNet;

namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>Everything a report shows; what is null or empty is left out of the page.</summary>
internal sealed record ReportContent
{
    public required string Title { get; init; }

    public required IReadOnlyList<NinEpoch> History { get; init; }

    /// <summary>Name of the images that gave the epochs' validation accuracy: "test" or "validation".</summary>
    public string HeldOut { get; init; } = "test";

    /// <summary>Range of published test accuracies; null: none.</summary>
    public (double From, double To)? Published { get; init; }

    public Evaluation? Evaluation { get; init; }

    public ScoredImages? Scored { get; init; }

    public IReadOnlyList<Mistake> Mistakes { get; init; } = [];

    public NinSummary? Layers { get; init; }

    /// <summary>Name and value: options, seed, data, versions, processor.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts { get; init; } = [];
}
