namespace Nin.MLNet.Stress.Fuzzing;

/// <summary>The outcome of the inputs.</summary>
/// <param name="Reader">The reader.</param>
/// <param name="Inputs">How many there were.</param>
/// <param name="Accepted">How many were read.</param>
/// <param name="Refused">How many were rejected with the documented exception.</param>
/// <param name="MostAllocated">The most managed bytes that one input took.</param>
/// <param name="Elapsed">Time for all of them.</param>
internal sealed record FuzzOutcome(string Reader, long Inputs, long Accepted, long Refused, long MostAllocated, TimeSpan Elapsed)
{
    public override string ToString() => FormattableString.Invariant(
        $"{Reader}: {Inputs:N0} inputs, {Accepted:N0} read, {Refused:N0} refused, none failed otherwise; ") + FormattableString.Invariant(
        $"at most {MostAllocated:N0} managed bytes for one; {Elapsed.TotalSeconds:N0} s");
}
