using Microsoft.ML;
using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>
/// Scores files in chunks, several side by side and each on one thread. A chunk's scores do not depend on what is scored beside it, by how
/// many threads or by which process, although a kernel for another number of images may round otherwise.
/// </summary>
internal sealed class ChunkPredictor
{
    /// <summary>Files of a chunk: little is lost where one is done again, and few are those that its small first batches cost.</summary>
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

    /// <summary>What becomes of each chunk, in order, each as soon as it is done.</summary>
    /// <param name="chunks">Anything that has files.</param>
    /// <param name="filesOf">Its files.</param>
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
            // After a failure: the model is disposed next, and the first failure is the one to tell of.
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
