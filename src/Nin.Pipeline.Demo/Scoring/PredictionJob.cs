using System.Globalization;
using Microsoft.ML;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Output;
using Nin.Pipeline.Demo.Reports;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>Scores files, alone or together with other processes, and writes the model's prediction for each, in the given order.</summary>
internal sealed class PredictionJob(IAnsiConsole results, PredictionSettings settings, CancellationToken cancellation)
{
    private readonly IAnsiConsole console =
        !settings.IsFirst ? Narration.Nowhere() : settings.Output is null ? Narration.OnErrorStream() : results;
    private readonly ReadFailures failures = new();
    private IReadOnlyList<string> files = [];
    private int predicted;

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public int Run()
    {
        if (settings.IsFirst)
            Prepare();
        var context = new MLContext();
        using var model = SavedModel.Load(context, settings.Model);
        model.Nin.ScoringMirrorImages = settings.MirrorsImages;
        IPredictionFormat format = settings.IsJson
            ? new JsonFormat(settings.Model, model.ClassNames, settings.HasAll)
            : new CsvFormat(model.ClassNames, settings.HasAll);
        var predictor = new ChunkPredictor(context, model, format, cancellation);
        var parts = settings.Output is { } path ? new PredictionParts(path) : null;
        if (parts is null || (settings.Ranks is null && !parts.Exist))
            Write(format, predictor.Run(ChunkPredictor.Cut(files), chunk => chunk, (_, chunk) => chunk));
        else if (!TryShare(format, predictor, parts))
            return ExitCode.Done;

        FailureReport.PrintLeftOut(console, failures);
        var code = FailureReport.Print(console, failures.ToList());
        var where = settings.Output is null ? "" : $", in {Path.GetFullPath(settings.Output)}";
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{predicted:N0} of {files.Count:N0} file(s) predicted{where}"));
        return code;
    }

    private void Prepare()
    {
        if (settings.Output is { } path)
            WholeFile.Prepare(path);
        files = FilesToScore.Find(settings.Inputs, failures);
    }

    /// <returns>Whether this process put the parts together.</returns>
    private bool TryShare(IPredictionFormat format, ChunkPredictor predictor, PredictionParts parts)
    {
        var form = $"{(settings.IsJson ? "json" : "csv")}{(settings.HasAll ? " all" : "")}{(settings.MirrorsImages ? " mirror" : "")}";
        var identity = PredictionParts.Identity(settings.Model, form);
        var names = new SharedPrediction(settings.Ranks, parts, identity, predictor).Run(files, console.WriteLine);
        if (!settings.IsFirst)
            return false;
        Write(format, names.Select(parts.Read));
        parts.Remove();
        return true;
    }

    private void Write(IPredictionFormat format, IEnumerable<PredictedChunk> chunks)
    {
        if (settings.Output is null)
            WriteTo(results.Results());
        else
            WholeFile.WriteText(settings.Output, WriteTo);

        void WriteTo(TextWriter output) => WithBar(advance =>
        {
            format.Begin(output);
            foreach (var chunk in chunks)
            {
                foreach (var row in chunk.Rows)
                    format.Write(output, row, isFirst: predicted++ == 0);
                foreach (var failure in chunk.Unreadable)
                    failures.Add(failure);
                advance(chunk.Rows.Count + chunk.Unreadable.Count);
            }

            format.End(output, failures.ToList());
        });
    }

    private void WithBar(Action<Action<double>> work)
    {
        // A bar redraws the lines above the cursor, which would be the rows where these go to the same terminal.
        if (!console.HasBars() || OutputTarget.IsTerminal(settings.Output))
        {
            work(_ => { });
            return;
        }

        console.Progress().AutoClear(true).Start(bars =>
        {
            var bar = bars.AddTask("predicting", maxValue: files.Count);
            work(bar.Increment);
        });
    }
}
