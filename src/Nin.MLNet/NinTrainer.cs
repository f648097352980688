using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using Nin.MLNet.Data;
using Nin.MLNet.Fitting;
using Nin.MLNet.Hosting;
using Nin.MLNet.Native;
using Nin.MLNet.Scoring;
using Nin.MLNet.Training;
using Nin.MLNet.Training.Callbacks;

namespace Nin.MLNet;

/// <summary>
/// Trains a Network in Network (Lin, Chen, Yan 2013; <em>Dive into Deep Learning</em> 7.3) from scratch. Made by
/// <c>mlContext.MulticlassClassification.Trainers.Nin(...)</c>. The mean and standard deviation of the pixels are learnt from the training
/// data and kept in the model, so the pixels may have any scale.
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
        OptionsCheck.Check(this.options);
        Info = new TrainerInfo(normalization: false, calibration: false, caching: false, supportValid: true);
    }

    /// <summary>What the trainer requires of its data: nothing. It normalises and caches by itself.</summary>
    public TrainerInfo Info { get; }

    /// <summary>Trains on the given images.</summary>
    /// <param name="input">Rows with the features and label columns, and the weight column if one is named; read once.</param>
    /// <exception cref="ArgumentException">A column, a row or an option is wrong; the message names it and says what was found, what was
    /// expected and how to fix it.</exception>
    /// <exception cref="InvalidOperationException">There is no row to learn from.</exception>
    /// <exception cref="InvalidDataException">The file of <see cref="Options.CheckpointPath"/> is damaged or belongs to another training
    /// run.</exception>
    /// <exception cref="IOException">Another training run in progress uses that file.</exception>
    /// <exception cref="NinTrainingCollapsedException">The network collapsed and could not be recovered; the exception holds the best
    /// model so far.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public NinTransformer Fit(IDataView input) => Fit(input, null);

    /// <summary>Trains on the given images and validates on others after each epoch.</summary>
    /// <param name="trainData">Rows with the features and label columns, and the weight column if one is named; read once.</param>
    /// <param name="validationData">Rows with the same columns; null: as the options specify.</param>
    /// <inheritdoc cref="Fit(IDataView)" path="/exception"/>
    public NinTransformer Fit(IDataView trainData, IDataView? validationData)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        var start = options.Clock.GetTimestamp();
        var replicas = new Replicas(options.Distributed);
        using var log = new HostLog(host, options.CancellationToken, isSilent: !replicas.IsFirst);
        LaunchCheck.Check(options, log);
        try
        {
            return WithTraining(() => Fit(trainData, validationData ?? options.ValidationSet, log, start, replicas));
        }
        catch (Exception e) when (replicas.AbortIfAlone(e))
        {
            throw;
        }
    }

    /// <summary>
    /// Tries ever higher learning rates, one per step, on throw-away networks until the loss explodes (the range test of Smith 2015, arXiv
    /// 1506.01186, section 3.3). It runs seven trainings, in this process alone. Only the curve is kept; the options are not changed.
    /// </summary>
    /// <param name="trainData">Rows as for <see cref="Fit(IDataView)"/>.</param>
    /// <param name="from">Learning rate of the first step, above 0; default 1e-5.</param>
    /// <param name="to">Learning rate of the last step, above <paramref name="from"/>, at most 100; default 10.</param>
    /// <param name="steps">Steps of the optimiser, 10 to 100,000; default 100.</param>
    /// <exception cref="ArgumentException">A parameter is out of range, or a column, a row or an option is wrong.</exception>
    /// <exception cref="OperationCanceledException">The test was cancelled.</exception>
    public NinLearningRateCurve FindLearningRate(IDataView trainData, double from = 1e-5, double to = 10, int steps = 100)
    {
        ArgumentNullException.ThrowIfNull(trainData);
        var finder = new LearningRateFinder(from, to, steps);
        using var log = new HostLog(host, options.CancellationToken);
        return WithTraining(() =>
        {
            // Nothing is validated, so nothing that needs validation is asked for.
            var alone = options.Copy();
            (alone.EarlyStoppingPatience, alone.CalibrateTemperature) = (null, false);
            using var setup = new FitSetup(host, alone, trainData, null, log, Replicas.None, options.Clock.GetTimestamp());
            var settings = setup.Settings with
            {
                CheckpointPath = null,
                TimeBudget = null,
                WeightAveraging = WeightAveraging.None,
            };
            return finder.Run(attempt => new TrainingRun(
                settings with { Seed = settings.SeedFor("range test", attempt) },
                setup.Network, log, options.Clock.GetTimestamp(), setup.Train, null, [], Replicas.None));
        });
    }

    /// <summary>The input's columns, then PredictedLabel and Score.</summary>
    /// <param name="inputSchema">What is known about the columns before any data is read.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is a column that <see cref="Fit(IDataView)"/> would reject too.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        TrainingColumns.Check(inputSchema, options);
        _ = inputSchema.TryFindColumn(options.LabelColumnName, out var label);
        return new SchemaShape(
            [.. inputSchema.Where(column => column.Name is not ("Score" or "PredictedLabel")), .. OutputColumns.Shape(label)]);
    }

    private NinTransformer Fit(IDataView trainData, IDataView? validationData, HostLog log, long start, Replicas replicas)
    {
        using var alone = replicas.Together(() => new CheckpointLock(replicas.IsFirst ? options.CheckpointPath : null));
        using var setup = new FitSetup(host, options, trainData, validationData, log, replicas, start);
        using var run = new TrainingRun(
            setup.Settings, setup.Network, log, start, setup.Train, setup.Validation, options.Callbacks, replicas);
        TrainingLoop.Run(run);
        foreach (var note in setup.Network.KernelNotes)
            log.Info(note);
        if (run.Recovery.GaveUp is not { } collapse)
            return Wrap(setup, run);
        if (run.Recovery.HasResult && options.OnCollapse == CollapseAction.ReturnBest)
        {
            log.Warning($"{collapse} The best model so far is returned.");
            return Wrap(setup, run);
        }

        throw Replicas.Shared(new NinTrainingCollapsedException(
            collapse.Kind, collapse.Words, [.. run.History], run.Recovery.HasResult ? Wrap(setup, run) : null));
    }

    private NinTransformer Wrap(FitSetup setup, TrainingRun run)
    {
        var model = new NinModelParameters(
            setup.TakeNetwork(), setup.Settings.Normalization, setup.Columns.Layout, options.ResizeTo, options.Precision,
            setup.LabelClasses, run.History, run.Temperature);
        return new NinTransformer(host, model, setup.Columns.Features);
    }

    /// <summary>
    /// Runs the work with a single libtorch thread for its small parts (its large parts go to lasting threads), and frees the memory
    /// afterwards. Callbacks are called on the caller's thread.
    /// </summary>
    private static T WithTraining<T>(Func<T> work)
    {
        NativeTorch.EnsureLoaded();
        try
        {
            using var threads = new ThreadCount(1);
            // A host that only scores may be in inference mode.
            using var mode = TorchSharp.torch.inference_mode(false);
            return work();
        }
        finally
        {
            NativeAllocator.ReleaseUnused();
        }
    }
}
