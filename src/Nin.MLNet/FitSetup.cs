using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Nin.MLNet.Data;
using Nin.MLNet.Hosting;
using Nin.MLNet.Network;
using Nin.MLNet.Training;

namespace Nin.MLNet;

/// <summary>What every training starts from: the columns found, the images read, the network built on its device. Owns the last two.</summary>
internal sealed class FitSetup : IDisposable
{
    private readonly NinTrainer.Options options;
    private readonly DataViewSchema schema;
    private bool networkTaken;

    public FitSetup(IHost host, NinTrainer.Options options, IDataView data, ITrainingLog log)
    {
        (this.options, schema) = (options, data.Schema);
        Columns = TrainingColumns.Find(data.Schema, options);
        var architecture = ArchitectureFor(options, Columns);
        var device = HostChoices.DeviceFor(host, options.Device);
        Examples = ExampleSet.Read(data, Columns, options.CacheBudget, null, () => CheckAlive(log));
        try
        {
            WarnOfSkipped(Examples, "", log);
            if (Examples.Pixels.BytesOnDisk > 0)
                log.Info(string.Create(CultureInfo.InvariantCulture, $"{Examples.Pixels.BytesOnDisk:N0} bytes of images do not fit Options.CacheBudget and are kept in a temporary file."));
            Plan = new TrainingPlan(
                options.InitialModel?.Normalization ?? Examples.Normalization,
                (ulong)(uint)(options.Seed ?? HostChoices.SeedFor(host)),
                ClassBalance.WeightsFor(options.ClassWeights, Examples.Classes, Columns.Classes));
            Augmentation = new Augmentation(Columns.Shape, options.HorizontalFlip, options.MaxShiftPixels, options.ShiftReflects, options.RandomErasingProbability);
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

    public ExampleSet Examples { get; }

    public TrainingPlan Plan { get; }

    public Augmentation Augmentation { get; }

    public NinNetwork Network { get; }

    /// <summary>A validation set's examples, which must be of the training set's kind; the caller disposes them.</summary>
    /// <exception cref="ArgumentException">Other images or classes than the training set's, or no usable row.</exception>
    public ExampleSet ReadValidation(IDataView data, ITrainingLog log)
    {
        var examples = ExampleSet.Read(data, TrainingColumns.FindValidation(data.Schema, schema, Columns, options), options.CacheBudget, null, () => CheckAlive(log));
        WarnOfSkipped(examples, " of the validation set", log);
        return examples;
    }

    /// <summary>Hands the network over: the caller disposes it from now on.</summary>
    public NinNetwork TakeNetwork()
    {
        networkTaken = true;
        return Network;
    }

    public void Dispose()
    {
        Examples.Dispose();
        if (!networkTaken)
            Network?.Dispose();
    }

    private void CheckAlive(ITrainingLog log)
    {
        log.CheckAlive();
        options.CancellationToken.ThrowIfCancellationRequested();
    }

    private static void WarnOfSkipped(ExampleSet examples, string of, ITrainingLog log)
    {
        if (examples.Skipped > 0)
            log.Warning($"{examples.Skipped:N0} row(s){of} skipped: their label is missing (key 0) or their weight is NaN.");
    }

    private static NinArchitecture ArchitectureFor(NinTrainer.Options options, ExampleColumns columns)
    {
        var architecture = options.InitialModel?.Architecture ?? options.Architecture(columns.Shape.Channels, columns.Classes);
        if (architecture.InputChannels != columns.Shape.Channels)
            throw new ArgumentException($"The architecture reads {architecture.InputChannels} channel(s), but the images in '{columns.Features}' are {columns.Shape} (channels x height x width): give it InputChannels {columns.Shape.Channels}, or extract other channels.");
        if (architecture.Classes != columns.Classes)
            throw new ArgumentException($"The architecture has {architecture.Classes} classes, but the label '{columns.Label}' has {columns.Classes}: give its last block {columns.Classes} output channels.");
        if (options.FrozenBlocks >= architecture.Blocks.Count)
            throw new ArgumentException($"Options.FrozenBlocks is {options.FrozenBlocks}: the architecture has {architecture.Blocks.Count} blocks, and at least one must learn.");
        _ = architecture.Summarize(options.ResizeTo ?? columns.Shape.Height, options.ResizeTo ?? columns.Shape.Width);
        return architecture;
    }
}
