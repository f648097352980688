using System.Globalization;
using Nin.MLNet.Data;
using Nin.MLNet.Hosting;
using Nin.MLNet.Training;

namespace Nin.MLNet.Fitting;

/// <summary>Each rank's training images: how many there are, and whether they are enough.</summary>
internal static class RankShares
{
    /// <summary>The sizes of all ranks' training images.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A rank has fewer images than an epoch has batches; thrown on all ranks.</exception>
    public static ShardSizes ToTrainOn(Replicas replicas, int own, int batchSize)
    {
        var counts = replicas.Gather(own);
        var sizes = new ShardSizes(counts.Sum(), counts.Max());
        var batches = (sizes.Largest + batchSize - 1) / batchSize;
        var least = Array.IndexOf(counts, counts.Min());
        if (replicas.AreMany && counts[least] < batches)
            throw Replicas.Shared(Refusal.Option(nameof(NinTrainer.Options.Distributed), string.Create(
                CultureInfo.InvariantCulture,
                $"Rank {least} has {counts[least]:N0} image(s) to train on, and another one {sizes.Largest:N0} in {batches:N0} batches: " +
                $"every rank needs an image for each batch. Leave rows that cannot be learnt from out of the data, or start fewer " +
                $"ranks.")));
        return sizes;
    }

    public static string Describe(Replicas replicas, ShardSizes sizes, int batchSize) => string.Create(
        CultureInfo.InvariantCulture,
        $"{replicas.Count} ranks ({replicas.Name}) train together on {sizes.All:N0} images, up to {sizes.Largest:N0} each, in steps of " +
        $"up to {(long)replicas.Count * batchSize:N0} images a batch.");
}
