using System.Diagnostics;
using CsCheck;

namespace Nin.MLNet.Stress.Fuzzing;

/// <summary>Reads mutated files; any exception but the documented one is a failure.</summary>
internal static class Fuzz
{
    /// <exception cref="CsCheckException">A reader failed with another exception; the message names the seed.</exception>
    public static FuzzOutcome Run(FileReader reader, int inputs, string? seed = null)
    {
        var (accepted, refused, most, clock) = (0L, 0L, 0L, Stopwatch.StartNew());
        Mutations.Of(reader.Valid).Sample(
            bytes =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    reader.Read(bytes);
                    accepted++;
                }
                catch (InvalidDataException)
                {
                    refused++;
                }

                most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
            },
            iter: inputs, threads: 1, seed: seed);
        return new FuzzOutcome(reader.Name, accepted + refused, accepted, refused, most, clock.Elapsed);
    }
}
