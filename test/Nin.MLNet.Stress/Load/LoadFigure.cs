namespace Nin.MLNet.Stress.Load;

/// <summary>What came of one kind of load.</summary>
/// <param name="What">The load.</param>
/// <param name="Times">How often.</param>
/// <param name="Wrong">Results other than those of a quiet process, or exceptions.</param>
/// <param name="Remark">More figures, in words.</param>
internal sealed record LoadFigure(string What, int Times, int Wrong, string Remark = "");
