using System.Globalization;
using System.Text;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>
/// Writes the state of all parts to one file after each epoch, and resumes from it. The file of a finished training is overwritten. That of
/// a collapsed one is moved aside because it holds the best weights, unless they are what the settings ask for. With several ranks, the
/// first one reads and writes, and all resume from what it read. Nothing in the file is specific to a rank, so their number may change.
/// </summary>
internal sealed class Checkpoint(string path, IReadOnlyList<NinCallback> owners) : NinCallback
{
    private const string Network = "network", Optimizer = "optimizer";

    /// <summary>May differ when the number of ranks does, so that the number of images per step can stay the same.</summary>
    private static readonly string[] FreeWithRanks =
        [$"Options.{nameof(NinTrainer.Options.BatchSize)}", $"Options.{nameof(NinTrainer.Options.GradientAccumulation)}"];
    private bool hasFailed, givesBestBack;

    /// <summary>The seed of the training to resume, or whose best weights are to be returned; null if the path has none.</summary>
    public static ulong? SeedOf(string? path, NinTrainer.CollapseAction onCollapse)
    {
        if (path is null || !File.Exists(path))
            return null;
        var header = CheckpointFile.Read(path).Header;
        return header.State == CheckpointState.Running
            || (header.State == CheckpointState.Collapsed && onCollapse == NinTrainer.CollapseAction.ReturnBest)
            ? header.Seed
            : null;
    }

    /// <exception cref="InvalidDataException">The file is not a checkpoint, is damaged, or belongs to another training.</exception>
    public override void OnTrainingStart(NinTrainingContext training)
    {
        var run = training.Run;
        var bytes = run.Replicas.OfFirst(run.Replicas.Together(
            () => run.Replicas.IsFirst && File.Exists(path) ? File.ReadAllBytes(path) : null));
        if (bytes is null)
            return;
        try
        {
            GoOn(run, CheckpointFile.Read(path, bytes));
        }
        catch (InvalidDataException e)
        {
            // All ranks have read the same bytes.
            Replicas.Shared(e);
            throw;
        }
    }

    public override void OnEpoch(NinTrainingContext training) => Save(training.Run, CheckpointState.Running);

    /// <summary>
    /// A training that a callback stopped stays as its last epoch left it, so that it can be resumed; so does the file of a collapsed one
    /// whose best weights are returned.
    /// </summary>
    public override void OnTrainingEnd(NinTrainingContext training)
    {
        var run = training.Run;
        if (givesBestBack)
            return;
        if (run.Recovery.GaveUp is not null)
            Save(run, run.Recovery.HasResult ? CheckpointState.Collapsed : CheckpointState.Lost);
        else if (run.Plan.Left == 0 || run.EndedItself)
            Save(run, CheckpointState.Finished);
    }

    private void GoOn(TrainingRun run, CheckpointFile file)
    {
        var header = file.Header;
        var hasOtherRanks = header.Ranks != run.Replicas.Count;
        var differences = Differences(
            header.Identity, Identity(run), run.Settings.DefaultIdentity, hasOtherRanks ? FreeWithRanks : []);
        if (header.State == CheckpointState.Finished)
        {
            run.Log.Info($"Checkpoint '{path}' is of a finished training: this one starts from scratch and overwrites it.");
        }
        else if (header.State == CheckpointState.Lost)
        {
            run.Log.Info(
                $"Checkpoint '{path}' is of a training that collapsed before it had learnt anything: this one starts from scratch and " +
                "overwrites it.");
        }
        else if (header.State == CheckpointState.Collapsed)
        {
            Take(run, file, differences);
        }
        else if (differences.Count > 0)
        {
            throw CheckpointFile.Damaged(path, $"it belongs to another training. {string.Join("; ", differences)}");
        }
        else
        {
            Restore(run, file);
            run.Log.Info(string.Create(
                CultureInfo.InvariantCulture,
                $"Resumes from '{path}', after epoch {run.History.Count}, {run.Plan.Taken:N0} of {run.Plan.Steps:N0} steps."));
            if (hasOtherRanks)
                WarnOfRanks(run, header);
        }
    }

    private void WarnOfRanks(TrainingRun run, CheckpointHeader header)
    {
        var (settings, ranks) = (run.Settings, run.Replicas.Count);
        run.Log.Warning(string.Create(
            CultureInfo.InvariantCulture,
            $"Checkpoint '{path}' was written by {header.Ranks} rank(s) and is resumed by {ranks}: batches, augmentation and the order " +
            $"of sums differ from here on, so the weights will not be those that {header.Ranks} rank(s) would have given. An epoch has " +
            $"{run.StepsPerEpoch:N0} steps, not {header.StepsPerEpoch:N0}, of up to " +
            $"{(long)settings.BatchSize * settings.GradientAccumulation * ranks:N0} images; the number of " +
            $"{(settings.NumberOfSteps is null ? "epochs" : "steps")} stays."));
    }

    private static SortedDictionary<string, string> Identity(TrainingRun run)
    {
        var identity = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["network"] = run.Network.Architecture.ToString(),
            ["training data"] = run.Settings.ContentHash,
            ["seed"] = run.Settings.Seed.ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (name, value) in run.Settings.Identity)
            identity.Add(name, value);
        // What is left open is decided by the data. What Auto means decides which weights are trained, and so where they lie.
        identity[$"Options.{nameof(NinTrainer.Options.BatchSize)}"] =
            run.Settings.BatchSize.ToString(CultureInfo.InvariantCulture);
        identity[$"Options.{nameof(NinTrainer.Options.Initialization)}"] = run.Settings.Initialization.ToString();
        identity[$"Options.{nameof(NinTrainer.Options.SymmetricFilters)}"] = run.Settings.IsSymmetric.ToString();
        return identity;
    }

    /// <summary>An option missing from the file is newer than the file, which was therefore trained with that option's default.</summary>
    private static List<string> Differences(
        SortedDictionary<string, string> found, SortedDictionary<string, string> expected, IReadOnlyDictionary<string, string> defaults,
        string[] free)
    {
        return
        [
            .. expected.Keys.Union(found.Keys).Except(free).Where(key => There(key) != expected.GetValueOrDefault(key))
                .Select(key => $"{key}: {Shown(There(key))} there, {Shown(expected.GetValueOrDefault(key))} here"),
        ];

        static string Shown(string? value) => value is null ? "unknown" : value.Length == 0 ? "null" : value;

        string? There(string key) => found.GetValueOrDefault(key) ?? defaults.GetValueOrDefault(key);
    }

    /// <summary>The owners of state by name: the type and, if there are several of a type, a number.</summary>
    private IEnumerable<(string Name, NinCallback Owner)> Named =>
        owners.GroupBy(owner => owner.GetType().FullName!).SelectMany(group => group.Select((owner, i) => ($"{group.Key} {i}", owner)));

    private static bool IsOurs(NinCallback owner) => owner.GetType().Namespace == typeof(Checkpoint).Namespace;

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
            write(writer);
        return stream.ToArray();
    }

    private void Take(TrainingRun run, CheckpointFile file, List<string> differences)
    {
        if (differences.Count == 0 && run.Settings.OnCollapse == NinTrainer.CollapseAction.ReturnBest)
        {
            Restore(run, file);
            givesBestBack = true;
            run.Stop($"Checkpoint '{path}' is of a training that collapsed: its best weights are returned.");
            return;
        }

        var aside = path + ".collapsed";
        if (run.Replicas.IsFirst)
            File.Move(path, aside, overwrite: true);
        run.Log.Warning(
            $"Checkpoint '{path}' is of a training that collapsed: this one starts from scratch, and the file is now '{aside}'. " +
            "To get its best weights, set Options.CheckpointPath to it, with the options of that training and " +
            "Options.OnCollapse = CollapseAction.ReturnBest.");
    }

    private void Restore(TrainingRun run, CheckpointFile file)
    {
        var header = file.Header;
        run.Plan = run.Settings.NumberOfSteps is null ? header.Plan.WithEpochsOf(header.StepsPerEpoch, run.StepsPerEpoch) : header.Plan;
        run.Network.BatchNormUpdates = header.BatchNormUpdates;
        run.Optimizer.Steps = header.OptimizerSteps;
        run.SecondsBefore = header.Seconds;
        run.History.AddRange(header.History);
        // If no epoch is left, the final statistics are computed for this one.
        run.Epoch = Math.Max(run.History.Count, 1);
        Part(Network, reader =>
        {
            reader.ReadInto(run.Network.Parameters, run.Network.ParameterLayout);
            reader.ReadInto(run.Network.Buffers, run.Network.BufferLayout);
        });
        Part(Optimizer, reader =>
        {
            reader.ReadInto(run.Optimizer.First, run.Network.ParameterLayout);
            reader.ReadInto(run.Optimizer.Second, run.Optimizer.SecondLayout);
        });
        foreach (var (name, owner) in Named.Where(named => IsOurs(named.Owner)))
            Part(name, owner.RestoreState);
        // Only the first rank has the user's callbacks. One added since the file was written starts from its initial state.
        run.Replicas.Together(() =>
        {
            foreach (var (name, owner) in Named.Where(named => !IsOurs(named.Owner) && file.Parts.ContainsKey(named.Name)))
                Part(name, owner.RestoreState);
            return true;
        });

        void Part(string name, Action<BinaryReader> read)
        {
            if (!file.Parts.TryGetValue(name, out var bytes))
                throw CheckpointFile.Damaged(path, $"it has no state of '{name}'");
            using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
            try
            {
                read(reader);
            }
            catch (Exception e) when (e is IOException or ArgumentException or FormatException)
            {
                throw CheckpointFile.Damaged(path, $"its state of '{name}' is invalid ({e.Message})");
            }
        }
    }

    /// <summary>A full disk or a missing folder must not end the training: it continues and warns once.</summary>
    private void Save(TrainingRun run, CheckpointState state)
    {
        if (!run.Replicas.IsFirst)
            return;
        var parts = new Dictionary<string, byte[]>
        {
            [Network] = Bytes(writer =>
            {
                writer.Write(run.Network.Parameters, run.Network.ParameterLayout);
                writer.Write(run.Network.Buffers, run.Network.BufferLayout);
            }),
            [Optimizer] = Bytes(writer =>
            {
                writer.Write(run.Optimizer.First, run.Network.ParameterLayout);
                writer.Write(run.Optimizer.Second, run.Optimizer.SecondLayout);
            }),
        };
        foreach (var (name, owner) in Named)
            parts.Add(name, Bytes(owner.SaveState));
        var header = new CheckpointHeader
        {
            State = state,
            Seed = run.Settings.Seed,
            Identity = Identity(run),
            Ranks = run.Replicas.Count,
            StepsPerEpoch = run.StepsPerEpoch,
            Plan = run.Plan,
            BatchNormUpdates = run.Network.BatchNormUpdates,
            OptimizerSteps = run.Optimizer.Steps,
            Seconds = run.Elapsed.TotalSeconds,
            History = run.History,
        };
        try
        {
            new CheckpointFile { Header = header, Parts = parts }.Write(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!hasFailed)
                run.Log.Warning(
                    $"Checkpoint '{path}' could not be written: {e.Message} The training continues; the earlier file is kept.");
            hasFailed = true;
        }
    }
}
