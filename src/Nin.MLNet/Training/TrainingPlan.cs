using Nin.MLNet.Network;

namespace Nin.MLNet.Training;

/// <summary>What a training needs beside its options: what the data and the machine decided.</summary>
/// <param name="Normalization">Mean and standard deviation of each channel.</param>
/// <param name="Seed">Source of all randomness.</param>
/// <param name="ClassWeights">Weight of each class in the loss; null: all 1.</param>
internal sealed record TrainingPlan(Normalization Normalization, ulong Seed, float[]? ClassWeights)
{
    /// <summary>A seed of its own for each purpose, so that no two draws share a sequence and an epoch can be repeated alone.</summary>
    public ulong SeedFor(string purpose, long epoch = 0, int attempt = 0)
    {
        // FNV-1a over the parts, then a finaliser that spreads them; string.GetHashCode would differ from run to run.
        var hash = 14695981039346656037UL;
        foreach (var part in purpose.Select(letter => (ulong)letter).Concat([Seed, (ulong)epoch, (ulong)attempt]))
            hash = (hash ^ part) * 1099511628211UL;
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        // Non-negative as a long, for generators that take one.
        return (hash ^ (hash >> 33)) >> 1;
    }
}
