using System.Globalization;
using System.Text;
using Nin.MLNet;
using Nin.Pipeline.Demo.Output;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>
/// A prediction that several processes share and that can be resumed. Each process scores its chunks and keeps them as parts; the first one
/// puts the parts together. Chunks that are already kept are not scored again, whichever process kept them.
/// </summary>
/// <param name="ranks">The processes; null: only this one.</param>
/// <param name="parts">Keeps the chunks.</param>
/// <param name="identity">What the parts must have been made with.</param>
/// <param name="predictor">Scores the chunks.</param>
internal sealed class SharedPrediction(IReplicaGroup? ranks, PredictionParts parts, string identity, ChunkPredictor predictor)
{
    /// <summary>Scores the chunks that have no part yet; returns once all processes are done.</summary>
    /// <param name="files">All files; only those of the first process are used.</param>
    /// <param name="say">Receives a message about the work to do.</param>
    /// <returns>The names of all parts, in order; only the first process knows the finished ones.</returns>
    /// <exception cref="InvalidOperationException">A process has a different model.</exception>
    public IReadOnlyList<string> Run(IReadOnlyList<string> files, Action<string> say)
    {
        var all = IsFirst ? ChunkPredictor.Cut(files).Select(chunk => new Part(PartOf(chunk), chunk)).ToArray() : [];
        var finished = IsFirst ? parts.Finished() : [];
        var plan = OfFirst(new Plan(identity, [.. all.Where(part => !finished.Contains(part.Name))]));
        if (plan.Identity != identity)
            throw new InvalidOperationException($"The model is not that of the first process ({identity} and {plan.Identity}).");
        var left = plan.Parts.Length;
        say(string.Create(
            CultureInfo.InvariantCulture,
            $"{all.Length - left:N0} of {all.Length:N0} parts were there, {left:N0} to do on {Count} process(es)"));
        var own = plan.Parts.Where((_, i) => i % Count == (ranks?.Rank ?? 0));
        _ = predictor.Run(own, part => part.Files, Keep).Count();
        // No process continues until all are done; a process that fails ends the others.
        ranks?.Gather([]);
        return [.. all.Select(part => part.Name)];

        // Runs as soon as the chunk is scored, on the thread that scored it.
        string Keep(Part part, PredictedChunk chunk)
        {
            parts.Write(part.Name, chunk);
            return part.Name;
        }
    }

    private bool IsFirst => ranks is null or { Rank: 0 };

    private int Count => ranks?.Count ?? 1;

    private string PartOf(string[] chunk) => PredictionParts.NameOf(identity, chunk);

    /// <summary>The first process's plan. All processes use the files that it found, even if they would find others.</summary>
    private Plan OfFirst(Plan plan)
    {
        if (ranks is null)
            return plan;
        var all = ranks.Gather(IsFirst ? Encoding.UTF8.GetBytes(Json.WriteLine(plan)) : []);
        return Json.Read<Plan>(Encoding.UTF8.GetString(all[0]));
    }

    private sealed record Part(string Name, string[] Files);

    private sealed record Plan(string Identity, Part[] Parts);
}
