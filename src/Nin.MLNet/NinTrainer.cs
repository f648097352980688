using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using Nin.MLNet.Data;
using Nin.MLNet.Hosting;
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

    internal NinTrainer(IHostEnvironment env, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        host = env.Register(nameof(NinTrainer));
        this.options = options.Copy();
        this.options.Check();
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
        using var log = new HostLog(host);
        using var setup = new FitSetup(host, options, trainData, log);
        var history = Train(setup, validationData ?? options.ValidationSet, log);
        var classes = LabelClasses.Of(trainData.Schema[setup.Columns.Label]);
        var model = new NinModelParameters(
            setup.TakeNetwork(), setup.Plan.Normalization, setup.Columns.Shape, options.ResizeTo, options.Precision, options.ScoringBatchSize, classes, history);
        return new NinTransformer(host, model, setup.Columns.Features, trainData.Schema[setup.Columns.Features].Type);
    }

    /// <summary>
    /// Tries ever higher learning rates on a throw-away network, one a step, until the loss explodes (the range test of Smith 2015,
    /// arXiv 1506.01186, section 3.3). Nothing of it is kept but the curve; the options are not changed.
    /// </summary>
    /// <param name="trainData">Rows as for <see cref="Fit(IDataView)"/>.</param>
    /// <param name="from">Learning rate of the first step, above 0; default 1e-5.</param>
    /// <param name="to">Learning rate of the last step, above <paramref name="from"/>, at most 100; default 10.</param>
    /// <param name="steps">Steps of the optimiser, 10 to 100,000; default 100.</param>
    /// <exception cref="ArgumentException">A parameter is out of its range, or a column, a row or an option is wrong.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public NinLearningRateCurve FindLearningRate(IDataView trainData, double from = 1e-5, double to = 10, int steps = 100)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        var finder = new LearningRateFinder(from, to, steps);
        using var log = new HostLog(host);
        using var setup = new FitSetup(host, options, trainData, log);
        using var train = setup.Examples.Source([.. Enumerable.Range(0, setup.Examples.Classes.Count)], setup.Augmentation);
        return WithTraining(() => finder.Run(setup.Network, options, setup.Plan, train, log));
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

    private IReadOnlyList<NinEpoch> Train(FitSetup setup, IDataView? validationData, HostLog log)
    {
        var examples = setup.Examples;
        using var given = validationData is null ? null : setup.ReadValidation(validationData, log);
        var fraction = given is null ? options.ValidationSetFraction : 0;
        var (trainRows, asideRows) = StratifiedSplit.Of(examples.Classes, fraction, setup.Plan.SeedFor("validation"));
        using var train = examples.Source(trainRows, setup.Augmentation);
        using var validation = given is not null
            ? given.Source([.. Enumerable.Range(0, given.Classes.Count)], setup.Augmentation)
            : asideRows.Length > 0 ? examples.Source(asideRows, setup.Augmentation) : null;
        if (validation is null && options.EarlyStoppingPatience is { } patience)
            throw new ArgumentException($"Options.EarlyStoppingPatience is {patience}, but there is nothing to validate on: give a validation set to Fit, or set Options.ValidationSetFraction (it is {options.ValidationSetFraction}) high enough for at least one image of some class.");
        return WithTraining(() => new TrainingLoop(setup.Network, options, setup.Plan, train, validation, log).Run());
    }

    /// <summary>Runs the work on threads and memory that suit a training, and gives the memory back behind it.</summary>
    private T WithTraining<T>(Func<T> work)
    {
        using var threads = new ThreadCount(options.Threads);
        try
        {
            return NativeAllocator.Run(work);
        }
        finally
        {
            NativeAllocator.ReleaseUnused();
        }
    }
}
