namespace Nin.MLNet.Data;

/// <summary>Number of images on all ranks together, and on the rank with the most.</summary>
internal readonly record struct ShardSizes(long All, long Largest);
