using System.Diagnostics;

namespace Nin.MLNet.Stress.Flips;

/// <summary>
/// Flips single bits of a file, as a bad disk or transfer does: the file must be rejected or keep its meaning.
/// </summary>
internal static class BitFlips
{
    /// <param name="target">The file.</param>
    /// <param name="headerBits">Bits to flip in each header byte, 1 to 8.</param>
    /// <param name="headerStep">1 for every header byte, 2 for every second ...</param>
    /// <param name="drawn">Bits to flip at random positions.</param>
    /// <param name="seed">Seed of the positions.</param>
    public static FlipOutcome Run(FlipTarget target, int headerBits, int headerStep, int drawn, int seed = 1)
    {
        var (random, same, wrong, refused) = (new Random(seed), 0, new List<string>(), new SortedDictionary<string, int>());
        var expected = target.Read(target.Valid);
        List<(int Place, int Bit)> inHeaders =
        [
            .. target.Headers.Where((_, i) => i % headerStep == 0)
                .SelectMany(place => Enumerable.Range(0, headerBits).Select(i => (place, headerBits == 8 ? i : random.Next(8)))),
        ];
        var anywhere = Enumerable.Range(0, drawn).Select(_ => (random.Next(target.Valid.Length), random.Next(8)));
        var (slowest, most) = (TimeSpan.Zero, 0L);
        foreach (var (place, bit) in inHeaders.Concat(anywhere))
        {
            var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
            byte[] bytes = [.. target.Valid];
            bytes[place] ^= (byte)(1 << bit);
            try
            {
                if (target.Read(bytes) == expected)
                    same++;
                else
                    wrong.Add($"byte {place}, bit {bit}: read otherwise");
            }
            catch (Exception e) when (target.IsDocumented(e))
            {
                refused[e.GetType().Name] = refused.GetValueOrDefault(e.GetType().Name) + 1;
            }
            catch (Exception e)
            {
                wrong.Add($"byte {place}, bit {bit}: {Chain(e)}");
            }

            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
            most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return new FlipOutcome(
            target.Name, target.Valid.Length, target.Headers.Count, inHeaders.Count, drawn, same, refused, wrong, slowest, most);
    }

    private static string Chain(Exception e) =>
        $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}{(e.InnerException is { } inner ? $" <- {Chain(inner)}" : "")}";
}
