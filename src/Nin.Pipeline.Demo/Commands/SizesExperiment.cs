using System.Globalization;
using Microsoft.ML;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Training;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>Runs the trainings of <see cref="SizesCommand"/> and prints their table.</summary>
internal sealed class SizesExperiment(IAnsiConsole console, CancellationToken cancellation)
{
    public required AnnouncedSource Source { get; init; }

    /// <summary>Numbers of training images.</summary>
    public required IReadOnlyList<int> Rows { get; init; }

    public required int Draws { get; init; }

    /// <summary>Number of training images to evaluate on instead of the test images; 0: none.</summary>
    public int HoldOut { get; init; }

    /// <summary>Part of the names of the trainers to run; null: all.</summary>
    public string? Only { get; init; }

    /// <summary>The model to start from; null: none.</summary>
    public string? StartFrom { get; init; }

    public IReadOnlyList<string> Knobs { get; init; } = [];

    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public int Run()
    {
        var context = new MLContext(1);
        var data = Source.Load(context, new Portion { HoldOut = HoldOut }, console);
        string[] labels = [.. Enumerable.Range(0, data.TrainImages.Count).Select(data.TrainImages.Label)];
        if (Rows.Count == 0 || Rows.Any(rows => rows < data.ClassNames.Count || rows > labels.Length))
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"--rows {string.Join(' ', Rows)}: expected numbers from {data.ClassNames.Count}, one image a class, to " +
                $"{labels.Length:N0}."));
        var test = Kept(context, data, data.TestImages);
        Dictionary<(string Trainer, int Rows), List<double>> accuracies = [];
        for (var seed = 1; seed <= Draws; seed++)
        {
            var order = BalancedOrder.Of(labels, seed);
            foreach (var rows in Rows)
                Train(data, data.TrainImages.Take(order[..rows]), test, seed, accuracies);
        }

        Print(data, accuracies);
        return FailureReport.Print(console, data.Failures.ToList());
    }

    private void Train(
        DataSet data, ImageCollection images, IDataView test, int seed, Dictionary<(string Trainer, int Rows), List<double>> accuracies)
    {
        var context = new MLContext(seed);
        var trainers = context.MulticlassClassification.Trainers;
        var train = Kept(context, data, images);
        using var known = StartingPoint.Load(context, StartFrom);
        List<(string Name, Func<IEstimator<ITransformer>> Create)> contenders =
        [
            ("NiN", () => trainers.Nin(Options(null))),
            ("LightGbm", () => trainers.LightGbm()),
            ("L-BFGS", () => context.Transforms.NormalizeMinMax("Features", fixZero: true).Append(trainers.LbfgsMaximumEntropy())),
        ];
        if (known is not null)
            contenders.Insert(1, ($"NiN from {StartFrom}", () => trainers.Nin(Options(known.Nin.Model))));
        foreach (var (name, create) in contenders
            .Where(entry => Only is null || entry.Name.Contains(Only, StringComparison.OrdinalIgnoreCase)))
        {
            cancellation.ThrowIfCancellationRequested();
            var model = create().Fit(train);
            var accuracy = context.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;
            (model as IDisposable)?.Dispose();
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{name}, {images.Count:N0} images, draw {seed}: {accuracy:0.00 %}"));
            if (!accuracies.TryGetValue((name, images.Count), out var found))
                accuracies.Add((name, images.Count), found = []);
            found.Add(accuracy);
        }

        NinTrainer.Options Options(NinModelParameters? initial)
        {
            var options = data.IsFashion ? NinTrainer.Options.Fast() : new NinTrainer.Options();
            Training.Knobs.Set(options, Knobs);
            // The other trainers learn from every image too.
            (options.InitialModel, options.ValidationSetFraction, options.CancellationToken, options.Seed) =
                (initial, 0, cancellation, seed);
            return options;
        }
    }

    private void Print(DataSet data, Dictionary<(string Trainer, int Rows), List<double>> accuracies)
    {
        var table = Tables.Create().AddColumn("training images");
        string[] names = [.. accuracies.Keys.Select(key => key.Trainer).Distinct()];
        foreach (var name in names)
            // It may hold a path, and a path may hold what Spectre takes for markup.
            table.AddColumn(name.EscapeMarkup());
        foreach (var rows in Rows)
            table.AddRow([rows.ToString("N0", CultureInfo.InvariantCulture), .. names.Select(name => Figures(accuracies[(name, rows)]))]);
        console.WriteLine(Machine.Describe());
        console.Write(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Accuracy on {data.TestImages.Count:N0} {(HoldOut > 0 ? "held-out" : "test")} images, mean and standard deviation, ") +
            string.Create(CultureInfo.InvariantCulture, $"n = {Draws}{string.Concat(Knobs.Select(knob => ", " + knob))}"),
            table);
    }

    private static string Figures(List<double> values)
    {
        var mean = values.Average();
        if (values.Count == 1)
            return mean.ToString("0.0 %", CultureInfo.InvariantCulture);
        var deviation = Math.Sqrt(values.Sum(value => Math.Pow(value - mean, 2)) / (values.Count - 1));
        return string.Create(CultureInfo.InvariantCulture, $"{mean:0.0 %}, {deviation:0.0 %}");
    }

    /// <summary>The images as features, decoded once.</summary>
    private static IDataView Kept(MLContext context, DataSet data, ImageCollection images)
    {
        var view = images.ToDataView(context);
        return context.Data.Cache(Preprocessing.Create(context, data).Fit(view).Transform(view), "Features", "Label");
    }
}
