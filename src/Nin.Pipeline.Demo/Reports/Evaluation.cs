using Microsoft.ML.Data;
using Nin.Pipeline.Demo.Output;

namespace Nin.Pipeline.Demo.Reports;

/// <summary>ML.NET's multiclass metrics as plain data, for JSON.</summary>
internal sealed record Evaluation
{
    /// <summary>Number of images scored.</summary>
    public required long Images { get; init; }

    /// <summary>Share classified correctly, in [0, 1].</summary>
    public required double Accuracy { get; init; }

    /// <summary>Mean over the classes of the share of each class classified correctly.</summary>
    public required double MacroAccuracy { get; init; }

    /// <summary>Mean negative log-probability of the true class, in nats.</summary>
    public required double? LogLoss { get; init; }

    /// <summary>Share of images whose true class is among the k most likely, for k from 1.</summary>
    public required IReadOnlyList<double> TopK { get; init; }

    public required IReadOnlyList<ClassFigures> Classes { get; init; }

    /// <summary>Counts: rows are the true classes, columns the predictions, both in class order.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Confusion { get; init; }

    public static Evaluation Of(MulticlassClassificationMetrics metrics, IReadOnlyList<string> classNames) => new()
    {
        Images = (long)metrics.ConfusionMatrix.Counts.Sum(row => row.Sum()),
        Accuracy = metrics.MicroAccuracy,
        MacroAccuracy = metrics.MacroAccuracy,
        LogLoss = Json.Finite(metrics.LogLoss),
        TopK = metrics.TopKAccuracyForAllK,
        Classes =
        [
            .. classNames.Select((name, k) => new ClassFigures(
                name,
                Json.Finite(metrics.ConfusionMatrix.PerClassPrecision[k]),
                Json.Finite(metrics.ConfusionMatrix.PerClassRecall[k]),
                Json.Finite(metrics.PerClassLogLoss[k]))),
        ],
        Confusion = metrics.ConfusionMatrix.Counts,
    };
}

/// <summary>One class's figures; null where it has no image or was never predicted.</summary>
internal sealed record ClassFigures(string Name, double? Precision, double? Recall, double? LogLoss);
