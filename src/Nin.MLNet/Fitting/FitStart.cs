using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Nin.MLNet.Data;
using Nin.MLNet.Hosting;
using Nin.MLNet.Training;
using Nin.MLNet.Training.Callbacks;

namespace Nin.MLNet.Fitting;

/// <summary>What is decided before the images are read.</summary>
/// <param name="Columns">The columns that hold the examples.</param>
/// <param name="ValidationColumns">The same for the validation set; null if none was given.</param>
/// <param name="Architecture">The network.</param>
/// <param name="Device">Where it computes.</param>
/// <param name="Seed">Source of all randomness.</param>
internal sealed record FitStart(
    ExampleColumns Columns, ExampleColumns? ValidationColumns, NinArchitecture Architecture, TorchSharp.torch.Device Device, ulong Seed)
{
    public static FitStart Of(
        IHost host, NinTrainer.Options options, IDataView data, IDataView? validationData, HostLog log, Replicas replicas)
    {
        log.CheckAlive();
        var columns = TrainingColumns.Find(data, options);
        var validationColumns = validationData is null
            ? null
            : TrainingColumns.FindValidation(validationData.Schema, data.Schema, columns);
        if (ImageLayouts.Guess(columns.Features, columns.Layout, options) is { } guess)
            log.Info(guess);
        var architecture = ArchitectureFor(options, columns);
        CheckClassWeights(options, columns);
        HeldOutCheck.BeforeReading(options, validationData);
        var device = HostChoices.DeviceFor(host, options.Device);
        var seed = (ulong?)(uint?)(options.Seed ?? HostChoices.SeedOf(host))
            // The others follow the first rank, and their disks may hold another file.
            ?? (replicas.IsFirst ? Checkpoint.SeedOf(options.CheckpointPath, options.OnCollapse) : null)
            ?? (uint)Random.Shared.Next();
        return new(columns, validationColumns, architecture, device, seed);
    }

    private static NinArchitecture ArchitectureFor(NinTrainer.Options options, ExampleColumns columns)
    {
        var architecture = options.InitialModel?.Architecture.WithClasses(columns.Classes)
            ?? options.Architecture(columns.Shape.Channels, columns.Classes);
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
        var values = architecture.Layers[0].PatchValues;
        if (options is { Initialization: NinTrainer.Initialization.Whitening, InitialModel: null } && values > PatchWhitening.MostValues)
            throw Refusal.Option(nameof(options.Initialization), string.Create(
                CultureInfo.InvariantCulture,
                $"Options.Initialization is Whitening, but the first convolution reads {values:N0} values for a pixel: expected at most " +
                $"{PatchWhitening.MostValues:N0}. Set Initialization.Dirac."));
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

    private static void CheckClassWeights(NinTrainer.Options options, ExampleColumns columns)
    {
        if (options.ClassWeights is { Count: > 0 } weights && weights.Count != columns.Classes)
            throw Refusal.Option(nameof(options.ClassWeights), string.Create(
                CultureInfo.InvariantCulture,
                $"Options.ClassWeights has {weights.Count} values: expected {columns.Classes}, one for each class in the label's key " +
                $"order."));
    }
}
