using System.Globalization;

namespace Nin.MLNet.Scoring;

/// <summary>Choices made when scoring, independent of training: they are not part of the model.</summary>
internal sealed record ScoringChoices
{
    public const int DefaultBatchSize = 128;
    private const int MostRows = 65_536, MostThreads = 1_024;
    private readonly int batchSize = DefaultBatchSize;
    private readonly int? threads;

    public int BatchSize
    {
        get => batchSize;
        init => batchSize = Within(value, MostRows, nameof(NinTransformer.ScoringBatchSize));
    }

    /// <summary>Number of scoring threads; null: as many as the machine offers.</summary>
    public int? Threads
    {
        get => threads;
        init => threads = value is { } count ? Within(count, MostThreads, nameof(NinTransformer.ScoringThreads)) : null;
    }

    /// <summary>Whether a row's scores are the mean over its image and its mirror image.</summary>
    public bool MirrorImages { get; init; }

    private static int Within(int value, int most, string name) => value >= 1 && value <= most
        ? value
        : throw new ArgumentOutOfRangeException(
            nameof(value),
            value,
            string.Create(CultureInfo.InvariantCulture, $"{name} is {value}: it must be a whole number from 1 to {most:N0}."));
}
