using System.Globalization;
using System.Text;
using Nin.MLNet;
using Nin.Pipeline.Demo.Output;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>
/// A prediction that processes share and that can be gone on with: each scores its chunks and keeps them as parts, and the first one puts
/// the parts together. Chunks that are kept already are not scored again, whoever kept them.
/// </summary>
/// <param name="ranks">The processes; null: this one alone.</param>
/// <param name="parts">Keeps the chunks.</param>
/// <param name="identity">What the parts must have been made with.</param>
/// <param name="predictor">Scores.</param>
internal sealed class SharedPrediction(IReplicaGroup? ranks, PredictionParts parts, string identity, ChunkPredictor predictor)
{
    /// <summary>Scores what no part has yet; returns once all processes are done.</summary>
    /// <param name="files">All files; those of the first process count.</param>
    /// <param name="say">Hears what there is to do.</param>
    /// <returns>The names of all parts, in order; only the first process knows the finished ones.</returns>
    /// <exception cref="InvalidOperationException">A process has another model.</exception>
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
        // Nobody goes on until all are done; a process that fails ends the others.
        ranks?.Gather([]);
        return [.. all.Select(part => part.Name)];

        // As soon as it is there, on the thread that scored it.
        string Keep(Part part, PredictedChunk chunk)
        {
            parts.Write(part.Name, chunk);
            return part.Name;
        }
    }

    private bool IsFirst => ranks is null or { Rank: 0 };

    private int Count => ranks?.Count ?? 1;

    private string PartOf(string[] chunk) => PredictionParts.NameOf(identity, chunk);

    /// <summary>The first process's plan: what it found is what counts, even where others would find other files.</summary>
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
