using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Nin.MLNet.Data;
using Nin.MLNet.Hosting;
using Nin.MLNet.Network;
using Nin.MLNet.Training;
using Nin.MLNet.Training.Callbacks;

namespace Nin.MLNet.Fitting;

/// <summary>
/// What every training starts from: columns checked before a row is read, images read, the network on its device. Owns the last two.
/// </summary>
internal sealed class FitSetup : IDisposable
{
    private readonly ExampleSet? examples, given;
    private bool networkTaken;

    public FitSetup(IHost host, NinTrainer.Options options, IDataView data, IDataView? validationData, HostLog log)
    {
        log.CheckAlive();
        Columns = TrainingColumns.Find(data, options);
        var validationColumns = validationData is null
            ? null
            : TrainingColumns.FindValidation(validationData.Schema, data.Schema, Columns, options);
        if (ImageLayouts.Guess(Columns.Features, Columns.Layout, options) is { } guess)
            log.Info(guess);
        var architecture = ArchitectureFor(options, Columns);
        CheckBeforeReading(options, Columns, validationData);
        var device = HostChoices.DeviceFor(host, options.Device);
        var seed = (ulong?)(uint?)(options.Seed ?? HostChoices.SeedOf(host))
            ?? Checkpoint.SeedOf(options.CheckpointPath)
            ?? (uint)Random.Shared.Next();
        try
        {
            examples = ExampleSet.Read(data, Columns, options.CacheBudget, options.CacheDirectory, log.CheckAlive);
            Tell(examples, "", log);
            given = validationData is null
                ? null
                : ExampleSet.Read(validationData, validationColumns!, options.CacheBudget, options.CacheDirectory, log.CheckAlive);
            Tell(given, " of the validation set", log);
            LabelClasses = LabelClasses.Of(data.Schema[Columns.Label]);
            var settings = SettingsMaker.Make(options, examples, Columns.Classes, seed) with { ContentHash = HashOf(options) };
            var (trainRows, asideRows) = StratifiedSplit.Of(
                examples.Classes, given is null ? options.ValidationSetFraction : 0, settings.SeedFor("validation"));
            var augmentation = new Augmentation(
                Columns.Shape, options.HorizontalFlip, options.MaxShiftPixels, options.ShiftReflects, options.RandomErasingProbability);
            Train = examples.Source(trainRows, augmentation);
            Validation = given?.Source([.. Enumerable.Range(0, given.Classes.Count)], augmentation)
                ?? (asideRows.Length > 0 ? examples.Source(asideRows, augmentation) : null);
            Settings = Validation is null ? settings with { EarlyStoppingPatience = null, RestoreBestWeights = false } : settings;
            CheckAfterReading(options, Validation);
            log.Info(Describe(options));
            Network = new NinNetwork(architecture, device, options.FrozenBlocks);
            options.InitialModel?.CopyWeightsTo(Network);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ExampleColumns Columns { get; }

    public LabelClasses LabelClasses { get; }

    public TrainingSettings Settings { get; }

    public NinNetwork Network { get; }

    public IImageSource Train { get; }

    public IImageSource? Validation { get; }

    /// <summary>Hands the network over: the caller disposes it from now on.</summary>
    public NinNetwork TakeNetwork()
    {
        networkTaken = true;
        return Network;
    }

    public void Dispose()
    {
        Train?.Dispose();
        Validation?.Dispose();
        examples?.Dispose();
        given?.Dispose();
        if (!networkTaken)
            Network?.Dispose();
    }

    private static NinArchitecture ArchitectureFor(NinTrainer.Options options, ExampleColumns columns)
    {
        var architecture = options.InitialModel?.Architecture ?? options.Architecture(columns.Shape.Channels, columns.Classes);
        if (architecture.InputChannels != columns.Shape.Channels)
            throw Refusal.Option(nameof(options.Architecture), string.Create(
                CultureInfo.InvariantCulture,
                $"The architecture reads {architecture.InputChannels} channel(s), but the images in '{columns.Features}' are " +
                $"{columns.Shape} (channels x height x width): give it InputChannels {columns.Shape.Channels}, or extract other " +
                $"channels."));
        if (architecture.Classes != columns.Classes)
            throw Refusal.Option(nameof(options.Architecture), string.Create(
                CultureInfo.InvariantCulture,
                $"The architecture has {architecture.Classes} classes, but the label '{columns.Label}' has {columns.Classes}: give its " +
                $"last block {columns.Classes} output channels."));
        if (options.FrozenBlocks >= architecture.Blocks.Count)
            throw Refusal.Option(nameof(options.FrozenBlocks), string.Create(
                CultureInfo.InvariantCulture,
                $"Options.FrozenBlocks is {options.FrozenBlocks}: the architecture has {architecture.Blocks.Count} blocks, and at " +
                $"least one must learn."));
        try
        {
            _ = architecture.Summarize(options.ResizeTo ?? columns.Shape.Height, options.ResizeTo ?? columns.Shape.Width);
            return architecture;
        }
        catch (ArgumentException tooSmall)
        {
            throw Refusal.Option(nameof(options.Architecture), tooSmall.Message);
        }
    }

    private static void CheckBeforeReading(NinTrainer.Options options, ExampleColumns columns, IDataView? validationData)
    {
        if (options.ClassWeights is { Count: > 0 } weights && weights.Count != columns.Classes)
            throw Refusal.Option(nameof(options.ClassWeights), string.Create(
                CultureInfo.InvariantCulture,
                $"Options.ClassWeights has {weights.Count} values: expected {columns.Classes}, one for each class in the label's key " +
                $"order."));
        if (validationData is not null || options.ValidationSet is not null || options.ValidationSetFraction > 0)
            return;
        if (options.EarlyStoppingPatience is { } patience)
            throw NothingToValidateOn(options, patience);
        if (options.CalibrateTemperature)
            throw NothingToCalibrateOn(options);
    }

    /// <summary>A share of few rows may come to no image at all.</summary>
    private static void CheckAfterReading(NinTrainer.Options options, IImageSource? validation)
    {
        if (validation is not null || options.ValidationSet is not null)
            return;
        if (options.EarlyStoppingPatience is { } patience)
            throw NothingToValidateOn(options, patience);
        if (options.CalibrateTemperature)
            throw NothingToCalibrateOn(options);
    }

    private static Exception NothingToValidateOn(NinTrainer.Options options, int patience) =>
        NothingHeldOut(options, nameof(options.EarlyStoppingPatience), patience);

    private static Exception NothingToCalibrateOn(NinTrainer.Options options) =>
        NothingHeldOut(options, nameof(options.CalibrateTemperature), "true");

    private static Exception NothingHeldOut(NinTrainer.Options options, string name, object value) => Refusal.Option(
        name,
        string.Create(
            CultureInfo.InvariantCulture,
            $"Options.{name} is {value}, but there is nothing to validate on: give a validation set, or set " +
            $"Options.ValidationSetFraction (it is {options.ValidationSetFraction}) high enough for at least one image of some class."));

    private static void Tell(ExampleSet? examples, string of, HostLog log)
    {
        if (examples is null)
            return;
        if (examples.Skipped.Bad > 0)
            log.Warning(Invariant($"{examples.Skipped.Bad:N0} row(s){of} skipped: {examples.Skipped.WithoutZeros}."));
        if (examples.Skipped.WeightOfZero > 0)
            log.Info(Invariant($"{examples.Skipped.WeightOfZero:N0} row(s){of} of weight 0 left out."));
        if (examples.Pixels.BytesOnDisk > 0)
            log.Info(Invariant(
                $"{examples.Pixels.BytesOnDisk:N0} bytes of images{of} do not fit Options.CacheBudget and are kept in a temporary file."));
    }

    private static string Describe(NinTrainer.Options options)
    {
        List<string> parts = [];
        if (options.HorizontalFlip)
            parts.Add("mirrored left to right in every second epoch");
        if (options.MaxShiftPixels > 0)
            parts.Add(Invariant($"shifted by up to {options.MaxShiftPixels} pixel(s)"));
        if (options.RandomErasingProbability > 0)
            parts.Add(Invariant($"partly erased with probability {options.RandomErasingProbability}"));
        return $"Training images are {(parts.Count == 0 ? "learnt as they are" : string.Join(", ", parts))}.";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Everything that is learnt from, so that a checkpoint is never gone on with on other data.</summary>
    private string HashOf(NinTrainer.Options options)
    {
        var text = string.Join(
            '\n', [examples!.ContentHash, given?.ContentHash ?? "", options.InitialModel?.ContentHash ?? "", .. LabelClasses.Names]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
