namespace Nin.MLNet.Data;

/// <summary>How many images the ranks have together, and how many the one with the most.</summary>
internal readonly record struct ShardSizes(long All, long Largest);
