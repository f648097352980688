using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Nin.MLNet.Data;
using Nin.MLNet.Hosting;
using Nin.MLNet.Network;
using Nin.MLNet.Training;

namespace Nin.MLNet.Fitting;

/// <summary>
/// What every training starts from: columns checked before a row is read, images read, the network on its device. Owns the images and
/// the network.
/// </summary>
internal sealed class FitSetup : IDisposable
{
    private readonly ExampleSet? examples, given;
    private bool networkTaken;

    public FitSetup(
        IHost host, NinTrainer.Options options, IDataView data, IDataView? validationData, HostLog log, Replicas replicas, long begin)
    {
        var start = replicas.Together(() => FitStart.Of(host, options, data, validationData, log, replicas));
        var (columns, architecture, device) = (start.Columns, start.Architecture, start.Device);
        Columns = columns;
        RankFacts.RequireSame(
            replicas, () => RankFacts.Of(host, options, data, validationData, columns, architecture, device, replicas));
        var seed = replicas.OfFirst(start.Seed);
        try
        {
            examples = Read(data, columns, "");
            given = validationData is null ? null : Read(validationData, start.ValidationColumns!, " of the validation set");
            LabelClasses = LabelClasses.Of(data.Schema[Columns.Label]);
            var settings = SettingsMaker.Make(options, examples, Columns.Classes, seed, replicas) with { ContentHash = HashOf(options) };
            var (trainRows, asideRows) = StratifiedSplit.Of(
                examples, given is null ? options.ValidationSetFraction : 0, settings.SeedFor("validation"), replicas);
            var (sizes, aside) = (RankShares.ToTrainOn(replicas, trainRows.Length, settings.BatchSize), replicas.Sum(asideRows.Length));
            var (augmentation, description) = AugmentationMaker.Make(options, Columns.Shape, sizes.All);
            Train = examples.Source(trainRows, augmentation, sizes);
            Validation = given?.Source([.. Enumerable.Range(0, given.Classes.Count)], augmentation)
                ?? (aside > 0 ? examples.Source(asideRows, augmentation) : null);
            settings = settings with
            {
                Initialization = WeightInitialization.Resolve(options.Initialization, architecture, Train.CountOfAll),
                IsSymmetric = options.SymmetricFilters ?? (options.HorizontalFlip == NinTrainer.Mirroring.On
                    && MirrorSymmetry.LearnsMore(architecture, Train.CountOfAll)),
            };
            Settings = Validation is null ? settings with { EarlyStoppingPatience = null, RestoreBestWeights = false } : settings;
            replicas.Together(() =>
            {
                HeldOutCheck.AfterReading(options, Validation);
                foreach (var (source, set) in new[] { (Train, examples), (Validation, given ?? examples) })
                {
                    if (source is not null)
                        BatchCheck.AfterReading(Settings.BatchSize, source, set.Shape, set.Pixels.IsBytes);
                }

                return true;
            });
            log.Info(description);
            if (replicas.AreMany)
                log.Info(RankShares.Describe(replicas, sizes, Settings.BatchSize));
            if (BudgetChoices.AreOpen(options, replicas))
            {
                (architecture, var batchSize) = BudgetChoices.Make(options, architecture, device, Settings, Train, log, begin);
                Settings = Settings with { BatchSize = batchSize };
            }

            if (options.BatchSize is null)
                log.Info(Invariant($"Batches of {Settings.BatchSize} images, by their number; Options.BatchSize sets another size."));
            Network = new NinNetwork(
                architecture, device, options.FrozenBlocks,
                hasFixedFilters: options.InitialModel is null && WeightInitialization.FixesFilters(Settings.Initialization, architecture));
            if (options.InitialModel is { } known && !StartFrom(known))
                Settings = Settings with { IsSymmetric = false };
        }
        catch
        {
            Dispose();
            throw;
        }

        // Returns whether the network is as symmetric as it is to be.
        bool StartFrom(NinModelParameters known)
        {
            if (known.Architecture.Classes != Columns.Classes)
            {
                WeightInitialization.Apply(Network, Settings.Initialization, Settings.SeedFor("weights"));
                log.Info(Invariant(
                    $"Options.InitialModel has {known.Architecture.Classes} classes and the label {Columns.Classes}: ") +
                    "the layers with one channel for each class are initialised anew, the others from the model.");
            }

            using var symmetry = Settings.IsSymmetric ? new MirrorSymmetry(Network) : null;
            symmetry?.Tie(Network.Parameters);
            known.CopyWeightsTo(Network);
            if (symmetry?.Holds(Network.Parameters) != false)
                return true;
            if (options.SymmetricFilters == true)
                throw Replicas.Shared(Refusal.Option(
                    nameof(options.SymmetricFilters),
                    "Options.SymmetricFilters is true, but the filters of Options.InitialModel are no mirrored pairs: leave it null, or " +
                    "start from a model that was trained with it."));
            return false;
        }

        ExampleSet Read(IDataView rows, ExampleColumns where, string of)
        {
            var set = replicas.Together(() => ReadRows(rows, where, isValidation: of.Length > 0));
            try
            {
                RankFacts.RequireSameRows(replicas, set.RowsOfAll, of);
                set.Share(replicas);
                Tell(set, of, log);
                return set;
            }
            catch
            {
                set.Dispose();
                throw;
            }
        }

        ExampleSet ReadRows(IDataView rows, ExampleColumns where, bool isValidation)
        {
            try
            {
                return ExampleSet.Read(
                    rows, where, options.CacheBudget, options.CacheDirectory, log.CheckAlive, new Shard(replicas.Rank, replicas.Count));
            }
            catch (Exception e) when (isValidation && Refusal.OfValidationSet(e) != e)
            {
                throw Refusal.OfValidationSet(e);
            }
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

    private static void Tell(ExampleSet examples, string of, HostLog log)
    {
        if (examples.Skipped.Bad > 0)
            log.Warning(Invariant($"{examples.Skipped.Bad:N0} row(s){of} skipped: {examples.Skipped.WithoutZeros}."));
        if (examples.Skipped.WeightOfZero > 0)
            log.Info(Invariant($"{examples.Skipped.WeightOfZero:N0} row(s){of} of weight 0 left out."));
        if (examples.Pixels.BytesOnDisk > 0)
            log.Info(Invariant(
                $"{examples.Pixels.BytesOnDisk:N0} bytes of images{of} do not fit Options.CacheBudget and are kept in a temporary file."));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Everything that is learnt from, so that a checkpoint is never resumed on different data.</summary>
    private string HashOf(NinTrainer.Options options)
    {
        var text = string.Join(
            '\n', [examples!.ContentHash, given?.ContentHash ?? "", options.InitialModel?.ContentHash ?? "", .. LabelClasses.Names]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
