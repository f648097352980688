using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using Nin.MLNet.Data;
using Nin.MLNet.MLNetInternals;
using Nin.MLNet.Modules;
using Nin.MLNet.Native;
using Nin.MLNet.Scoring;
using Nin.MLNet.Training;

namespace Nin.MLNet;

/// <summary>
/// Trains a Network in Network (Lin, Chen, Yan 2013; <em>Dive into Deep Learning</em> 7.3) from scratch. Made by
/// <c>mlContext.MulticlassClassification.Trainers.Nin(...)</c>. Mean and standard deviation of the pixels are learnt from the
/// training data and kept in the model, so their scale is free.
/// </summary>
public sealed partial class NinTrainer : ITrainerEstimator<NinTransformer, NinModelParameters>
{
    private readonly IHost host;
    private readonly Options options;
    private readonly IDataView? defaultValidation;

    internal NinTrainer(IHostEnvironment env, Options options, IDataView? validationSet)
    {
        ArgumentNullException.ThrowIfNull(options);
        host = env.Register(nameof(NinTrainer));
        this.options = options.Copy();
        this.options.Check();
        defaultValidation = validationSet;
        Info = new TrainerInfo(normalization: false, calibration: false, caching: false, supportValid: true);
    }

    /// <summary>What the trainer wants of its data: nothing. It normalises and caches by itself.</summary>
    public TrainerInfo Info { get; }

    /// <summary>Trains on the given images.</summary>
    /// <param name="input">Rows with the features and label columns, and the weight column if one is named.</param>
    /// <exception cref="ArgumentException">A column, a row or an option is wrong; the message names it, what was found, what was expected and the way out.</exception>
    /// <exception cref="NinTrainingCollapsedException">The network died and could not be brought back.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public NinTransformer Fit(IDataView input) => Fit(input, null);

    /// <summary>Trains on the given images and validates on others behind each epoch.</summary>
    /// <param name="trainData">Rows with the features and label columns, and the weight column if one is named.</param>
    /// <param name="validationData">Rows with the same columns; null: as the options say.</param>
    /// <inheritdoc cref="Fit(IDataView)" path="/exception"/>
    public NinTransformer Fit(IDataView trainData, IDataView? validationData)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        var columns = TrainingColumns.Find(trainData.Schema, options);
        var architecture = ArchitectureFor(columns);
        var device = HostChoices.DeviceFor(host, options.Device);
        using var log = new HostLog(host);
        using var examples = ExampleSet.Read(trainData, columns, options.CacheBudget, log.CheckAlive);
        if (examples.Skipped > 0)
            log.Warning($"{examples.Skipped:N0} row(s) skipped: their label is missing (key 0) or their weight is NaN.");

        if (!examples.IsCached)
            log.Info($"The {examples.Classes.Count:N0} images do not fit Options.CacheBudget and are read anew each epoch.");

        var plan = new TrainingPlan(
            options.InitialModel?.Normalization ?? examples.Normalization,
            (ulong)(uint)(options.Seed ?? HostChoices.SeedFor(host)),
            ClassBalance.WeightsFor(options, examples.Classes, columns.Classes));
        var network = new NinNetwork(architecture, device, options.FrozenBlocks);
        try
        {
            if (options.InitialModel is { } initial)
                initial.CopyWeightsTo(network);
            var history = Train(network, plan, examples, columns, validationData ?? defaultValidation, log);
            var classes = LabelClasses.Of(trainData.Schema[columns.Label]);
            var model = new NinModelParameters(
                network, plan.Normalization, columns.Shape, options.ResizeTo, options.Precision, options.ScoringBatchSize, classes, history);
            return new NinTransformer(host, model, columns.Features, trainData.Schema[columns.Features].Type);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        if (!inputSchema.TryFindColumn(options.FeatureColumnName, out var features))
            throw host.ExceptSchemaMismatch(nameof(inputSchema), "feature", options.FeatureColumnName);
        if (features.Kind == SchemaShape.Column.VectorKind.Scalar || features.ItemType != NumberDataViewType.Single)
            throw host.ExceptSchemaMismatch(nameof(inputSchema), "feature", options.FeatureColumnName, "Vector<Single>", features.GetTypeString());
        if (!inputSchema.TryFindColumn(options.LabelColumnName, out var label))
            throw host.ExceptSchemaMismatch(nameof(inputSchema), "label", options.LabelColumnName);
        if (!label.IsKey)
            throw host.ExceptSchemaMismatch(nameof(inputSchema), "label", options.LabelColumnName, "Key", label.GetTypeString());
        if (options.ExampleWeightColumnName is { } name && !inputSchema.TryFindColumn(name, out _))
            throw host.ExceptSchemaMismatch(nameof(inputSchema), "weight", name);
        return new SchemaShape([.. inputSchema.Where(column => column.Name is not ("Score" or "PredictedLabel")), .. OutputColumns.Shape(label)]);
    }

    private NinArchitecture ArchitectureFor(ExampleColumns columns)
    {
        var architecture = options.Architecture ?? options.InitialModel?.Architecture ?? options.ArchitectureFactory(columns.Shape.Channels, columns.Classes);
        if (architecture.InputChannels != columns.Shape.Channels)
            throw new ArgumentException($"The architecture reads {architecture.InputChannels} channel(s), but the images in '{columns.Features}' are {columns.Shape} (channels x height x width): give it InputChannels {columns.Shape.Channels}, or extract other channels.");
        if (architecture.Classes != columns.Classes)
            throw new ArgumentException($"The architecture has {architecture.Classes} classes, but the label '{columns.Label}' has {columns.Classes}: give its last block {columns.Classes} output channels.");
        if (options.InitialModel is { } initial && initial.Architecture != architecture)
            throw new ArgumentException("Options.InitialModel has another architecture than Options.Architecture: leave Architecture null to take the model's.");
        if (options.FrozenBlocks >= architecture.Blocks.Count)
            throw new ArgumentException($"Options.FrozenBlocks is {options.FrozenBlocks}: the architecture has {architecture.Blocks.Count} blocks, and at least one must learn.");
        _ = architecture.Summarize(options.ResizeTo ?? columns.Shape.Height, options.ResizeTo ?? columns.Shape.Width);
        return architecture;
    }

    private IReadOnlyList<NinEpoch> Train(
        NinNetwork network, TrainingPlan plan, ExampleSet examples, ExampleColumns columns, IDataView? validationData, HostLog log)
    {
        using var given = validationData is null ? null : ExampleSet.Read(validationData, columns with { Weight = null }, options.CacheBudget, log.CheckAlive);
        var fraction = given is null ? options.ValidationFraction : 0;
        var (trainRows, asideRows) = StratifiedSplit.Of(examples.Classes, fraction, plan.SeedFor("validation"));
        var augmentation = new Augmentation(columns.Shape, options.HorizontalFlip, options.Shift, options.ShiftReflects, options.RandomErasing);
        using var train = examples.Source(trainRows, augmentation);
        using var validation = given is not null
            ? given.Source([.. Enumerable.Range(0, given.Classes.Count)], augmentation)
            : asideRows.Length > 0 ? examples.Source(asideRows, augmentation) : null;
        using var threads = new ThreadCount(options.Threads);
        try
        {
            return NativeAllocator.Run(() => new TrainingLoop(network, options, plan, train, validation, log).Run());
        }
        finally
        {
            NativeAllocator.ReleaseUnused();
        }
    }
}
