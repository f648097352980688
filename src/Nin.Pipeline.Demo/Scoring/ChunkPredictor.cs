using Microsoft.ML;
using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>
/// Scores files in chunks, several in parallel, each on one thread. A chunk's scores do not depend on what else is being scored, on the
/// number of threads or on the process, although a kernel for another number of images may round differently.
/// </summary>
internal sealed class ChunkPredictor
{
    /// <summary>
    /// Files per chunk: small enough to lose little when one is redone, large enough that its small first batches cost little.
    /// </summary>
    private const int FilesPerChunk = 256;
    private readonly MLContext context;
    private readonly SavedModel model;
    private readonly IPredictionFormat format;
    private readonly CancellationToken cancellation;

    public ChunkPredictor(MLContext context, SavedModel model, IPredictionFormat format, CancellationToken cancellation)
    {
        (this.context, this.model, this.format, this.cancellation) = (context, model, format, cancellation);
        model.Nin.ScoringThreads = 1;
    }

    public static IReadOnlyList<string[]> Cut(IEnumerable<string> files) => [.. files.Chunk(FilesPerChunk)];

    /// <summary>Returns the result of each chunk, in order, as soon as it is done.</summary>
    /// <param name="chunks">Anything that has files.</param>
    /// <param name="filesOf">Gets a chunk's files.</param>
    /// <param name="finish">What to do with a scored chunk, on any thread.</param>
    public IEnumerable<TResult> Run<TChunk, TResult>(
        IEnumerable<TChunk> chunks, Func<TChunk, string[]> filesOf, Func<TChunk, PredictedChunk, TResult> finish)
    {
        var running = new Queue<Task<TResult>>();
        try
        {
            foreach (var chunk in chunks)
            {
                running.Enqueue(Task.Run(() => finish(chunk, Score(filesOf(chunk)))));
                if (running.Count == Environment.ProcessorCount)
                    yield return running.Dequeue().GetAwaiter().GetResult();
            }

            while (running.TryDequeue(out var next))
                yield return next.GetAwaiter().GetResult();
        }
        finally
        {
            // Wait even after a failure, because the model is disposed next. Later failures are ignored: the first one is reported.
            Task.WhenAll(running).ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        }
    }

    private PredictedChunk Score(string[] files)
    {
        var failures = new ReadFailures();
        var scored = model.Score(FilesToScore.Rows(files, failures, cancellation));
        string[] rows = [.. context.Data.CreateEnumerable<ScoredImage>(scored, reuseRowObject: true).Select(format.RowOf)];
        return new PredictedChunk(rows, failures.ToList());
    }
}
