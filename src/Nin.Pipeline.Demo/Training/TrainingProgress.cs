using System.Diagnostics;
using System.Globalization;
using Nin.MLNet;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Training;

/// <summary>Shows a training: a bar for the running epoch where there is a terminal, and a line for each finished one.</summary>
internal sealed class TrainingProgress
{
    private static readonly TimeSpan PlainInterval = TimeSpan.FromMinutes(1);
    private readonly IAnsiConsole console;
    private readonly ProgressContext? bars;
    private readonly Stopwatch sinceLine = Stopwatch.StartNew();
    private readonly string heldOut;
    private ProgressTask? bar;
    private int barEpoch;

    private TrainingProgress(IAnsiConsole console, ProgressContext? bars, string heldOut) =>
        (this.console, this.bars, this.heldOut) = (console, bars, heldOut);

    /// <summary>Runs a training and shows it.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="options">Get their callbacks.</param>
    /// <param name="heldOut">What the validation images are: "test" or "validation".</param>
    /// <param name="fit">The training.</param>
    public static T Show<T>(IAnsiConsole console, NinTrainer.Options options, string heldOut, Func<T> fit)
    {
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
            return new TrainingProgress(console, null, heldOut).Watch(options, fit);
        return console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .Start(bars => new TrainingProgress(console, bars, heldOut).Watch(options, fit));
    }

    /// <summary>A finished epoch in one line.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="epochs">Of how many.</param>
    /// <param name="heldOut">What the validation images were.</param>
    public static string Describe(NinEpoch epoch, int epochs, string heldOut)
    {
        var validated = epoch.ValidationAccuracy is { } accuracy
            ? string.Create(CultureInfo.InvariantCulture, $"  {heldOut} accuracy {accuracy:0.00 %}")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch}/{epochs}  loss {epoch.TrainLoss:F3}  train accuracy {epoch.TrainAccuracy:0.00 %}{validated}  {epoch.Seconds:F0} s");
    }

    private T Watch<T>(NinTrainer.Options options, Func<T> fit)
    {
        options.OnBatch = OnBatch;
        options.OnEpoch = epoch =>
        {
            OnEpoch(epoch, options.NumberOfEpochs);
            return true;
        };
        return fit();
    }

    private void OnBatch(NinProgress progress)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {progress.Epoch}/{progress.Epochs}  loss {progress.Loss:F3}  {progress.ImagesPerSecond:N0} images/s  {Time(progress.Remaining)} left");
        if (bars is not null)
        {
            ShowBar(progress, text);
        }
        else if (sinceLine.Elapsed > PlainInterval)
        {
            sinceLine.Restart();
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {text}  ({(double)progress.Images / progress.ImagesPerEpoch:P0} of the epoch)"));
        }
    }

    private void ShowBar(NinProgress progress, string text)
    {
        // A training that recovers from a collapse meets an epoch again: its bar starts anew.
        if (bar is null || barEpoch != progress.Epoch || progress.Images < bar.Value)
        {
            bar?.StopTask();
            bar = bars!.AddTask(text, maxValue: progress.ImagesPerEpoch);
            barEpoch = progress.Epoch;
        }

        bar.Description = text;
        bar.Value = progress.Images;
    }

    private void OnEpoch(NinEpoch epoch, int epochs)
    {
        sinceLine.Restart();
        bar?.StopTask();
        bar = null;
        console.WriteLine(Describe(epoch, epochs, heldOut));
    }

    private static string Time(TimeSpan time) =>
        time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");
}
