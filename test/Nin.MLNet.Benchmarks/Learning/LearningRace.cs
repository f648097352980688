using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Training;
using Spectre.Console;

namespace Nin.MLNet.Benchmarks.Learning;

/// <summary>
/// learning: the test accuracy that the default recipe reaches in so many minutes, in this library and in PyTorch's fastest variant, by
/// turns. Reading the files is included. PyTorch trains the network whose width the library chose, by the same recipe. Neither side's
/// network is kept symmetric, and both learn in batches of 128: this compares libraries, not recipes.
/// </summary>
internal static class LearningRace
{
    private const string Ours = "Trainers.Nin", Theirs = "PyTorch";

    /// <summary>Index of the width among a run's figures, after accuracy, log-loss and epochs.</summary>
    private const int Width = 3;

    /// <summary>Long enough that some steps of a slow variant are measured.</summary>
    private const double SecondsOfHeat = 3;

    public static Command Create(Option<int> threads, Option<bool> anyway)
    {
        var minutes = new Option<double>("--minutes") { Description = "Minutes of each training.", DefaultValueFactory = _ => 1 };
        var seeds = new Option<int>("--seeds") { Description = "Trainings of each side, seeds from 1.", DefaultValueFactory = _ => 3 };
        var learning = new Command("learning", "The default recipe in this library and in PyTorch: accuracy after so many minutes.")
        {
            minutes, seeds, threads, anyway,
        };
        learning.SetAction(parsed =>
        {
            Machine.RequireQuiet(parsed.GetValue(anyway));
            Print(TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(seeds), parsed.GetValue(threads));
        });
        return learning;
    }

    /// <summary>One training of this library.</summary>
    /// <param name="detail">Seconds and seed, separated by a colon.</param>
    /// <param name="threads">Threads to use.</param>
    /// <returns>Test accuracy, test log-loss, epochs, width.</returns>
    public static Measured Learn(string detail, int threads)
    {
        var parts = detail.Split(':');
        var (seconds, seed) = (double.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture));
        var clock = Stopwatch.StartNew();
        var context = new MLContext(seed);
        var data = new IdxFolderSource(null).Load(context, new Portion());
        var preprocessing = Preprocessing.Create(context, data).Fit(data.Train);
        var options = NinTrainer.Options.Fast();
        (options.ValidationSetFraction, options.Seed, options.Threads) = (0, seed, threads);
        // The peer's.
        (options.SymmetricFilters, options.BatchSize, options.CutMixProbability) = (false, 128, 0);
        options.TimeBudget = TimeSpan.FromSeconds(seconds) - clock.Elapsed;
        var atWork = new ThreadsAtWork();
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(preprocessing.Transform(data.Train));
        var used = atWork.Count();
        var images = preprocessing.Transform(data.TestImages.ToDataView(context));
        var metrics = context.MulticlassClassification.Evaluate(model.Transform(images));
        var epochs = model.Model.History.Sum(epoch => epoch.Images) / (double)data.TrainImages.Count;
        return new Measured(used, [metrics.MicroAccuracy, metrics.LogLoss, epochs, model.Model.Architecture.Blocks[1].OutChannels]);
    }

    private static void Print(TimeSpan time, int seeds, int threads)
    {
        var header = Machine.Describe(threads);
        PyTorchPeer? pyTorch = null;
        var table = new Table().Border(TableBorder.Ascii)
            .AddColumns("seed", "width", "", "epochs", "test accuracy", "test log-loss");
        var (ours, theirs) = (new List<Measured>(), new List<Measured>());
        for (var seed = 1; seed <= seeds; seed++)
        {
            // By turns, so that a machine that slows down favours neither; but first ours, which chooses the width.
            if (pyTorch is not null && seed % 2 == 0)
                RunTheirs(seed);
            RunOurs(seed);
            pyTorch ??= Quickest((int)ours[0].Figures[Width], threads);
            if (theirs.Count < ours.Count)
                RunTheirs(seed);
        }

        foreach (var (side, runs) in new[] { (Ours, ours), (Theirs, theirs) })
        {
            Add("mean", side, [.. Enumerable.Range(0, Width).Select(figure => Mean(runs, figure))]);
            if (runs.Count > 1)
                Add("sd", side, [.. Enumerable.Range(0, Width).Select(figure => Deviation(runs, figure))]);
        }

        var console = PlainConsole.Create();
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{header}, {time.TotalMinutes} minute(s), n = {seeds}"));
        console.WriteLine($"PyTorch's fastest variant in a short run: {pyTorch}");
        console.Write(table);

        void RunOurs(int seed)
        {
            var detail = string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds}:{seed}");
            ours.Add(Finished(Contender.Self(Ours, threads, ["learn", "small", detail])));
            Add(Text(seed), Ours, ours[^1].Figures);
        }

        void RunTheirs(int seed)
        {
            var (folder, width) = (FashionMnist.ShippedDirectory, (int)ours[0].Figures[Width]);
            theirs.Add(Finished(pyTorch!.Learner(Theirs, folder, width, threads, time.TotalSeconds, seed)));
            Add(Text(seed), Theirs, theirs[^1].Figures);
        }

        void Add(string seed, string side, IReadOnlyList<double> figures)
        {
            string[] row =
            [
                seed, figures.Count > Width ? Text(figures[Width]) : "", side,
                Text(figures[2], "F2"), Text(figures[0], "0.00 %"), Text(figures[1], "F4"),
            ];
            table.AddRow(row);
            // Nothing is lost if a later run fails.
            Console.Error.WriteLine(string.Join("  ", row));
        }
    }

    private static PyTorchPeer Quickest(int width, int threads) =>
        PyTorchHeat.Run("small", Processor.OfThisMachine().Kind, threads, width, SecondsOfHeat).Finalists(training: true, 1) is [var found]
            ? found
            : throw new InvalidOperationException("PyTorch is missing: install Debian's python3-torch.");

    private static Measured Finished(Contender side) => side.Run() ?? throw new InvalidOperationException($"{side.Name} failed.");

    private static double Mean(List<Measured> runs, int figure) => runs.Average(run => run.Figures[figure]);

    private static double Deviation(List<Measured> runs, int figure) =>
        Math.Sqrt(runs.Sum(run => Math.Pow(run.Figures[figure] - Mean(runs, figure), 2)) / (runs.Count - 1));

    private static string Text(double value, string format = "0") => value.ToString(format, CultureInfo.InvariantCulture);
}
