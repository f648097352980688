using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Nin.MLNet;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Training;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>
/// Counts for how many seeds the book's network dies (the loss stays at ln 10 for ever), and what the trainer's recovery makes of it:
/// the same provoking recipe for many seeds, once without recovery and once with it.
/// </summary>
internal static class CollapseCommand
{
    public static Command Create(IAnsiConsole console, CancellationToken cancellation)
    {
        var seeds = new Option<int>("--seeds") { Description = "Trainings for each way, seeds from 1.", DefaultValueFactory = _ => 20 };
        var rows = new Option<int>("--rows") { Description = "Training images of each.", DefaultValueFactory = _ => 2048 };
        var epochs = new Option<int>("--epochs") { Description = "Epochs of each.", DefaultValueFactory = _ => 10 };
        var side = new Option<int>("--side") { Description = "Side in pixels that images are resized to; the book's is 224, a smaller one dies the same death sooner.", DefaultValueFactory = _ => 96 };
        var rate = new Option<double>("--rate") { Description = "Learning rate; the book's is 0.1, a larger one provokes the collapse.", DefaultValueFactory = _ => 0.5 };
        var command = new Command("collapse", "How often the book's recipe dies, with the trainer's recovery and without.") { seeds, rows, epochs, side, rate };
        command.SetAction(parsed =>
            new Experiment(console, parsed.GetValue(seeds), parsed.GetValue(rows), parsed.GetValue(epochs), parsed.GetValue(side), parsed.GetValue(rate), cancellation).Run());
        return command;
    }

    private sealed class Experiment(IAnsiConsole console, int seeds, int rows, int epochs, int side, double rate, CancellationToken cancellation)
    {
        public void Run()
        {
            var table = Tables.Create().AddColumns("a dead network is", "trainings", "collapsed", "rate", "others at chance", "their train accuracy");
            foreach (var (name, action) in new[] { ("given up", NinTrainer.CollapseAction.Throw), ("brought back", NinTrainer.CollapseAction.Recover) })
            {
                // Null: collapsed.
                var outcomes = Enumerable.Range(1, seeds).Select(seed => Train(name, action, seed)).ToList();
                var others = outcomes.OfType<NinEpoch>().ToList();
                var collapsed = seeds - others.Count;
                table.AddRow(
                    name,
                    Invariant($"{seeds}"),
                    Invariant($"{collapsed}"),
                    Invariant($"{(double)collapsed / seeds:0 %}"),
                    Invariant($"{others.Count(IsAtChance)}"),
                    others.Count == 0 ? "-" : Invariant($"{others.Average(epoch => epoch.TrainAccuracy):0.0 %}"));
            }

            console.Write(Invariant($"The book's recipe on {rows:N0} images resized to {side}x{side}, {epochs} epoch(s), learning rate {rate}"), table);
            console.WriteLine("collapsed: no gradient reaches the first layer any more, as the trainer's guard found.");
            console.WriteLine("at chance: ended with the loss of a uniform guess, but with a gradient; more epochs would tell a plateau from death.");
        }

        // The last epoch's loss, to the hundredth: a network that learns anything is below it.
        private static bool IsAtChance(NinEpoch last) => !(last.TrainLoss < Math.Log(FashionMnist.Classes) - 0.01);

        private NinEpoch? Train(string name, NinTrainer.CollapseAction action, int seed)
        {
            var context = new MLContext(seed);
            var data = FashionMnist.Load(context, trainRows: rows, testRows: 1);
            var preprocessing = Preprocessing.Create(context, data.ClassNames).Fit(data.Train);
            var options = NinTrainer.Options.D2L();
            (options.NumberOfEpochs, options.LearningRate, options.OnCollapse, options.Seed, options.ResizeTo) = (epochs, rate, action, seed, side);
            options.CancellationToken = cancellation;
            try
            {
                using var trained = context.MulticlassClassification.Trainers.Nin(options).Fit(preprocessing.Transform(data.Train));
                var last = trained.Model.History[^1];
                console.WriteLine(Invariant($"{name}, seed {seed}: loss {last.TrainLoss:F4}, train accuracy {last.TrainAccuracy:0.0 %}"));
                return last;
            }
            catch (NinTrainingCollapsedException e)
            {
                console.WriteLine(Invariant($"{name}, seed {seed}: collapsed in epoch {e.History.Count + 1}"));
                return null;
            }
        }

        private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
