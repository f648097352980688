using System.Globalization;
using MathNet.Numerics.Distributions;
using Microsoft.ML;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Training;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>Trains the book's recipe with many seeds, in several ways, and counts how the trainings end.</summary>
internal sealed class CollapseExperiment(IAnsiConsole console, CancellationToken cancellation)
{
    private static readonly NinTrainer.CollapseKind[] Kinds = Enum.GetValues<NinTrainer.CollapseKind>();

    public required AnnouncedSource Source { get; init; }

    public required int Seeds { get; init; }

    public required int Rows { get; init; }

    public required int Epochs { get; init; }

    public required int Side { get; init; }

    public required double Rate { get; init; }

    /// <summary>Divisor applied to the book's channel counts.</summary>
    public required int Narrow { get; init; }

    /// <param name="ways">Number format, and what to do about a dead network; each pair is one row of the table.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public int Run(IEnumerable<(NinTrainer.Precision Precision, NinTrainer.CollapseAction Action)> ways)
    {
        var table = Tables.Create().AddColumns(
            [
                "precision", "a dead network is", "trainings",
                .. Kinds.Select(kind => $"{kind}"),
                "at chance", "learnt", "their train accuracy", "p",
            ]);
        List<Outcome>? first = null;
        var all = new List<Outcome>();
        foreach (var (precision, action) in ways)
        {
            var outcomes = Enumerable.Range(1, Seeds).Select(seed => Train(precision, action, seed)).ToList();
            all.AddRange(outcomes);
            var learnt = outcomes.Where(outcome => outcome.HasLearnt).ToList();
            first ??= outcomes;
            table.AddRow(
            [
                $"{precision}", Name(action), Invariant($"{Seeds}"),
                .. Kinds.Select(kind => Invariant($"{outcomes.Count(outcome => outcome.Death == kind)}")),
                Invariant($"{outcomes.Count(outcome => outcome is { Death: null, HasLearnt: false })}"),
                Invariant($"{learnt.Count}"),
                learnt.Count == 0 ? "-" : Invariant($"{learnt.Average(outcome => outcome.TrainAccuracy):0.0 %}"),
                Invariant($"{SignTest(first, outcomes):0.####}"),
            ]);
        }

        console.WriteLine(Machine.Describe());
        console.Write(
            Invariant(
                $"The book's recipe on {all[0].Images:N0} images resized to {Side}x{Side}, {Epochs} epoch(s), learning rate {Rate}, ") +
            Invariant($"channels divided by {Narrow}"),
            table);
        console.WriteLine(
            "at chance: ended with the loss of a uniform guess, but with a gradient; more epochs would tell a plateau from death.");
        console.WriteLine("p: of the exact sign test over the seeds, two-sided, that as many learn as in the first row.");
        return FailureReport.Print(
            console, [.. all.SelectMany(outcome => outcome.Failures).DistinctBy(failure => failure.Path)]);
    }

    private static string Name(NinTrainer.CollapseAction action) => action == NinTrainer.CollapseAction.Throw ? "given up" : "brought back";

    /// <summary>The seeds are the same in each row, so only those count that end otherwise in one row than in the other.</summary>
    private static double SignTest(List<Outcome> first, List<Outcome> here)
    {
        var gained = first.Zip(here).Count(pair => !pair.First.HasLearnt && pair.Second.HasLearnt);
        var lost = first.Zip(here).Count(pair => pair.First.HasLearnt && !pair.Second.HasLearnt);
        return gained == lost ? 1 : Math.Min(1, 2 * Binomial.CDF(0.5, gained + lost, Math.Min(gained, lost)));
    }

    private Outcome Train(NinTrainer.Precision precision, NinTrainer.CollapseAction action, int seed)
    {
        var context = new MLContext(seed);
        var data = Source.Load(context, new Portion { TrainRows = Rows, TestRows = 1 }, console);
        var preprocessing = Preprocessing.Create(context, data).Fit(data.Train);
        var options = NinTrainer.Options.D2L();
        (options.NumberOfEpochs, options.LearningRate, options.OnCollapse, options.Seed, options.ResizeTo) =
            (Epochs, Rate, action, seed, Side);
        (options.Precision, options.CancellationToken) = (precision, cancellation);
        options.Architecture = (channels, classes) => Narrowed(NinArchitecture.D2L(channels, classes));
        try
        {
            using var trained = context.MulticlassClassification.Trainers.Nin(options).Fit(preprocessing.Transform(data.Train));
            var last = trained.Model.History[^1];
            console.WriteLine(Invariant(
                $"{precision}, {Name(action)}, seed {seed}: loss {last.TrainLoss:F4}, train accuracy {last.TrainAccuracy:0.0 %}"));
            return Ended(null, last.TrainLoss, last.TrainAccuracy);
        }
        catch (NinTrainingCollapsedException e)
        {
            console.WriteLine(Invariant($"{precision}, {Name(action)}, seed {seed}: {e.Message}"));
            return Ended(e.Kind, double.NaN, 0);
        }

        Outcome Ended(NinTrainer.CollapseKind? death, double trainLoss, double trainAccuracy) =>
            new(death, trainLoss, trainAccuracy, data.ClassNames.Count, data.TrainImages.Count, data.Failures.ToList());
    }

    private NinArchitecture Narrowed(NinArchitecture book)
    {
        var narrowed = book.Blocks.SkipLast(1).Select(block => new NinBlock(
            block.OutChannels / Narrow, block.KernelSize, block.Stride, block.Padding)
        { Pooling = block.Pooling, Dropout = block.Dropout });
        return new NinArchitecture(book.InputChannels, [.. narrowed, book.Blocks[^1]]);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Outcome(
        NinTrainer.CollapseKind? Death, double TrainLoss, double TrainAccuracy, int Classes, int Images,
        IReadOnlyList<ReadFailure> Failures)
    {
        // The margin is one hundredth: a network that learns anything falls below the loss of a uniform guess.
        public bool HasLearnt => TrainLoss < Math.Log(Classes) - 0.01;
    }
}
