namespace Nin.MLNet.Stress.Load;

/// <summary>The result of one kind of load.</summary>
/// <param name="What">The load.</param>
/// <param name="Times">How often it ran.</param>
/// <param name="Wrong">Results that differ from those of a quiet process, or exceptions.</param>
/// <param name="Remark">More figures, in words.</param>
internal sealed record LoadFigure(string What, int Times, int Wrong, string Remark = "");
