using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Training;

namespace Nin.MLNet.Benchmarks.Learning;

/// <summary>
/// mirrors: whether the accuracy on mirror images, after a tenth of a training without mirroring, predicts if mirroring would help.
/// It compares that accuracy, on held-out images, with the test accuracy after full trainings without and with mirroring.
/// </summary>
internal static class MirrorStudy
{
    /// <summary>The share of a training after which the network is probed, and the number of images it is probed with.</summary>
    private const double AskedAfter = 0.1;
    private const int Asked = 2_000;

    public static Command Create()
    {
        var data = new Option<string?>("--data") { Description = "Folder of IDX files named as MNIST's; default: Fashion-MNIST." };
        var rows = new Option<int[]>("--rows")
        {
            Description = "Training images.",
            DefaultValueFactory = _ => [1_000, 10_000],
            AllowMultipleArgumentsPerToken = true,
        };
        var seeds = new Option<int>("--seeds") { Description = "Trainings of each kind, seeds from 1.", DefaultValueFactory = _ => 2 };
        var width = new Option<int>("--width") { Description = "Channels of the second block.", DefaultValueFactory = _ => 16 };
        var mirrors = new Command("mirrors", "Whether accuracy on mirror images tells early if mirroring will help.")
        {
            data, rows, seeds, width,
        };
        mirrors.SetAction(parsed =>
        {
            Console.WriteLine("images  seed  asked after epoch  accuracy  of mirror images  share kept  test accuracy without  with");
            foreach (var count in parsed.GetRequiredValue(rows))
            {
                for (var seed = 1; seed <= parsed.GetValue(seeds); seed++)
                    Console.WriteLine(Compare(parsed.GetValue(data), count, seed, parsed.GetValue(width)));
            }
        });
        return mirrors;
    }

    private static string Compare(string? folder, int rows, int seed, int width)
    {
        var context = new MLContext(seed);
        var source = new IdxFolderSource(folder);
        var (data, aside) = (source.Load(context, new Portion()), source.Load(context, new Portion { HoldOut = Asked }));
        string[] labels = [.. Enumerable.Range(0, aside.TrainImages.Count).Select(aside.TrainImages.Label)];
        var train = aside.TrainImages.Take(BalancedOrder.Of(labels, seed)[..rows]);
        var asked = 0;
        double straight, mirrored;
        using (var early = Fit(NinTrainer.Mirroring.Off, AskedAfter))
        {
            (straight, mirrored) = (Accuracy(early, aside.TestImages), Accuracy(early, aside.TestImages.Mirrored()));
            asked = early.Model.History.Count;
        }

        using var without = Fit(NinTrainer.Mirroring.Off, 1);
        using var with = Fit(NinTrainer.Mirroring.On, 1);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{rows}  {seed}  {asked}  {straight:0.0 %}  {mirrored:0.0 %}  {mirrored / straight:0.00}  ") + string.Create(
            CultureInfo.InvariantCulture, $"{Accuracy(without, data.TestImages):0.00 %}  {Accuracy(with, data.TestImages):0.00 %}");

        NinTransformer Fit(NinTrainer.Mirroring mirroring, double share)
        {
            var options = new NinTrainer.Options
            {
                Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, width),
                HorizontalFlip = mirroring,
                MaxGammaChange = NinTrainer.Options.Fast().MaxGammaChange,
                ValidationSetFraction = 0,
                Seed = seed,
            };
            options.Callbacks.Add(NinCallback.AfterEpoch(training =>
            {
                if (training.Step >= share * training.NumberOfSteps)
                    training.Stop();
            }));
            return context.MulticlassClassification.Trainers.Nin(options).Fit(Pixels(train));
        }

        double Accuracy(NinTransformer model, ImageCollection images) =>
            context.MulticlassClassification.Evaluate(model.Transform(Pixels(images))).MicroAccuracy;

        IDataView Pixels(ImageCollection images)
        {
            var view = images.ToDataView(context);
            return Preprocessing.Create(context, data).Fit(view).Transform(view);
        }
    }
}
