using System.Diagnostics;
using System.Globalization;
using Nin.MLNet;
using Nin.Pipeline.Demo.Output;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Training;

/// <summary>
/// Shows a training: an estimate of what it will take, a bar with the time left if there is a terminal, and a line for each finished epoch.
/// </summary>
internal sealed class TrainingProgress : NinCallback
{
    /// <summary>Number of steps whose speed is used to announce the duration of a training by epochs.</summary>
    private const int AnnouncedAfter = 20;
    private static readonly TimeSpan PlainInterval = TimeSpan.FromMinutes(1);
    private readonly IAnsiConsole console;
    private readonly ProgressContext? bars;
    private readonly Stopwatch sinceLine = Stopwatch.StartNew();
    private readonly string heldOut;
    private readonly TimeSpan? budget;
    private readonly Func<NinTrainingContext, string> expectation;
    private ProgressTask? bar;
    private bool isAnnounced;

    private TrainingProgress(
        IAnsiConsole console, ProgressContext? bars, string heldOut, TimeSpan? budget, Func<NinTrainingContext, string> expectation) =>
        (this.console, this.bars, this.heldOut, this.budget, this.expectation) = (console, bars, heldOut, budget, expectation);

    /// <summary>Runs a training and shows it.</summary>
    /// <param name="console">Console to write to.</param>
    /// <param name="options">Receive the callback that shows the progress.</param>
    /// <param name="heldOut">Name of the validation images: "test" or "validation".</param>
    /// <param name="expectation">What to expect of the training, in words; empty if nothing is known.</param>
    /// <param name="fit">The training.</param>
    public static T Show<T>(
        IAnsiConsole console, NinTrainer.Options options, string heldOut, Func<NinTrainingContext, string> expectation, Func<T> fit)
    {
        if (!console.HasBars())
            return Watch(null);
        return console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .Start(Watch);

        T Watch(ProgressContext? bars)
        {
            options.Callbacks.Add(new TrainingProgress(console, bars, heldOut, options.TimeBudget, expectation));
            return fit();
        }
    }

    /// <summary>Describes a finished epoch in one line.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="epochs">Total number of epochs.</param>
    /// <param name="heldOut">Name of the validation images.</param>
    public static string Describe(NinEpoch epoch, double epochs, string heldOut)
    {
        var validated = epoch.ValidationAccuracy is { } accuracy
            ? string.Create(CultureInfo.InvariantCulture, $"  {heldOut} accuracy {accuracy:0.00 %}")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch}/{epochs:0.##}  loss {epoch.TrainLoss:F3}  " +
            $"train accuracy {epoch.TrainAccuracy:0.00 %}{validated}  {epoch.Seconds:F0} s");
    }

    public override void OnTrainingStart(NinTrainingContext training)
    {
        if (budget is not { } time)
            return;
        isAnnounced = true;
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{training.NumberOfEpochs:0.#} epoch(s) of a network of {training.Architecture.ParameterCount:N0} parameters fit into " +
            $"{Time(time)} on this machine, loading and testing included{expectation(training)}"));
    }

    public override void OnStep(NinTrainingContext training)
    {
        if (!isAnnounced && training.Step >= Math.Min(AnnouncedAfter, training.NumberOfSteps))
        {
            isAnnounced = true;
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{training.NumberOfEpochs:0.#} epoch(s) take about {Time(training.Elapsed + training.Remaining)} on this machine, " +
                $"by the first {training.Step} step(s){expectation(training)}"));
        }

        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {training.Epoch}/{training.NumberOfEpochs:0.#}  loss {training.EpochLoss:F3}  " +
            $"{training.ImagesPerSecond:N0} images/s  {Time(training.Remaining)} left");
        if (bars is not null)
        {
            ShowBar(training, text);
        }
        else if (sinceLine.Elapsed > PlainInterval)
        {
            sinceLine.Restart();
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {text}  ({(double)training.Step / training.NumberOfSteps:P0})"));
        }
    }

    public override void OnEpoch(NinTrainingContext training)
    {
        sinceLine.Restart();
        console.WriteLine(Describe(training.History[^1], training.NumberOfEpochs, heldOut));
    }

    public override void OnTrainingEnd(NinTrainingContext training) => bar?.StopTask();

    private void ShowBar(NinTrainingContext training, string text)
    {
        bar ??= bars!.AddTask(text);
        bar.Description = text;
        // A time budget may change the number of steps, and a recovery may step back.
        bar.MaxValue = training.NumberOfSteps;
        bar.Value = training.Step;
    }

    private static string Time(TimeSpan time) =>
        time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");
}
