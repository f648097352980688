using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Nin.MLNet.Stress.Load;

namespace Nin.MLNet.Stress.Commands;

/// <summary>load [--threads N] [--predictions N] [--trainings N] [--rows N]</summary>
internal static class LoadCommand
{
    public static Command Create()
    {
        var threads = Number("--threads", "Threads that predict at once.", 64);
        var predictions = Number("--predictions", "Predictions, of all threads together.", 200_000);
        var trainings = Number("--trainings", "Trainings one after the other; a tenth of them beside other work.", 100);
        var rows = Number("--rows", "Rows of the streamed training.", 1_000_000);
        var within = Number("--within", "Milliseconds in which a cancelled training must stop, beside the step that it is in.", 100);
        var load = new Command("load", "Many threads, many trainings, many rows, trainings that are stopped, and images at the limits.")
        {
            threads, predictions, trainings, rows, within,
        };
        load.SetAction(parsed =>
        {
            var isGood = true;
            foreach (var run in Runs(
                parsed.GetValue(threads), parsed.GetValue(predictions), parsed.GetValue(trainings), parsed.GetValue(rows),
                parsed.GetValue(within)))
            {
                var clock = Stopwatch.StartNew();
                foreach (var figure in run())
                {
                    isGood &= figure.Wrong == 0;
                    Console.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{figure.What}: {figure.Times:N0}, {figure.Wrong:N0} wrong, {clock.Elapsed.TotalSeconds:N0} s. {figure.Remark}"));
                }
            }

            return isGood ? 0 : 1;
        });
        return load;
    }

    /// <summary>All kinds of load; each runs when it is enumerated.</summary>
    internal static IEnumerable<Func<IEnumerable<LoadFigure>>> Runs(int threads, int predictions, int trainings, int rows, int within) =>
    [
        () => [Crowd.Predict(threads, predictions)],
        () => Crowd.Fit(Math.Max(1, trainings / 10)),
        () => [Endurance.Cycle(trainings)],
        () => [Endurance.Stream(rows)],
        () => [Stops.WhileReading(trainings, rows, within), Stops.WhileTraining(trainings, within)],
        () => [Endurance.Limit("images of 1x1 pixel", 60, side: 1, classes: 3)],
        () => [Endurance.Limit("images of 1,024x1,024 pixels", 12, side: 1_024, classes: 3, resizeTo: 32)],
        () => [Endurance.Limit("2,000 classes", 2_000, side: 2, classes: 2_000)],
    ];

    private static Option<int> Number(string name, string description, int standard) =>
        new(name) { Description = description, DefaultValueFactory = _ => standard };
}
