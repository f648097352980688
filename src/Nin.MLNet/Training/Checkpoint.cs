using System.Globalization;
using System.Text;
using System.Text.Json;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Training;

/// <summary>
/// The whole state behind an epoch in one file, written aside and renamed, so that there is always a whole one. Randomness needs no
/// place in it: every epoch draws from a seed of its own.
/// </summary>
internal sealed class Checkpoint(string path, NinTrainer.Options options, TrainingPlan plan, long images)
{
    private const string Magic = "Nin.MLNet checkpoint 2";

    /// <summary>Puts the file's state in place.</summary>
    /// <returns>False where there is no file.</returns>
    /// <exception cref="InvalidDataException">The file is no checkpoint, is cut short, or belongs to a training with other options or data.</exception>
    public bool TryRestore(TrainingState state, CollapseGuard guard)
    {
        if (!File.Exists(path))
            return false;
        try
        {
            using var reader = new BinaryReader(File.OpenRead(path), Encoding.UTF8);
            var magic = reader.ReadString();
            if (magic != Magic)
                throw new InvalidDataException($"Checkpoint '{path}' starts with \"{magic}\": expected \"{Magic}\". Delete it or set Options.CheckpointPath to another file.");
            CheckSame(JsonSerializer.Deserialize<SortedDictionary<string, string>>(reader.ReadString())!, Identity(state.Network));
            var scalars = JsonSerializer.Deserialize<Scalars>(reader.ReadString())!;
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            Read(reader, state.Network.Parameters);
            Read(reader, state.Network.Buffers);
            Read(reader, state.Optimizer.First);
            Read(reader, state.Optimizer.Second);
            if (state.Average.Average is { } average)
                ReadSnapshot(reader, average);
            state.SetGood(scalars.HasGood ? ReadSnapshot(reader, state.Network.Snapshot()) : null);
            state.SetBest(scalars.HasBest ? ReadSnapshot(reader, state.Network.Snapshot()) : null);
            state.Optimizer.Steps = scalars.OptimizerSteps;
            state.Average.Steps = scalars.AverageSteps;
            (state.LearningRateScale, state.Recoveries, state.StepsSinceRecovery) = (scalars.LearningRateScale, scalars.Recoveries, scalars.StepsSinceRecovery);
            state.History.AddRange(scalars.History);
            guard.Resume(scalars.Guard);
            return true;
        }
        catch (Exception e) when (e is EndOfStreamException or JsonException or FormatException)
        {
            throw new InvalidDataException($"Checkpoint '{path}' is damaged or cut short ({new FileInfo(path).Length} bytes): {e.Message} Delete it to start afresh.", e);
        }
    }

    public void Save(TrainingState state, CollapseGuard guard)
    {
        var aside = $"{path}.{Environment.ProcessId}.tmp";
        using (var writer = new BinaryWriter(File.Create(aside), Encoding.UTF8))
        {
            writer.Write(Magic);
            writer.Write(JsonSerializer.Serialize(Identity(state.Network)));
            writer.Write(JsonSerializer.Serialize(new Scalars(
                state.Optimizer.Steps, state.Average.Steps, state.LearningRateScale, state.Recoveries, state.StepsSinceRecovery,
                guard.State, state.Good is not null, state.Best is not null, state.History)));
            Write(writer, state.Network.Parameters);
            Write(writer, state.Network.Buffers);
            Write(writer, state.Optimizer.First);
            Write(writer, state.Optimizer.Second);
            foreach (var snapshot in new[] { state.Average.Average, state.Good, state.Best }.OfType<WeightSnapshot>())
            {
                Write(writer, snapshot.Parameters);
                Write(writer, snapshot.Buffers);
            }
        }

        File.Move(aside, path, overwrite: true);
    }

    private static WeightSnapshot ReadSnapshot(BinaryReader reader, WeightSnapshot target)
    {
        Read(reader, target.Parameters);
        Read(reader, target.Buffers);
        return target;
    }

    private static void Write(BinaryWriter writer, Tensor tensor)
    {
        using var local = tensor.detach().cpu();
        writer.Write(local.bytes);
    }

    private static void Read(BinaryReader reader, Tensor target)
    {
        using var local = empty(target.shape);
        reader.BaseStream.ReadExactly(local.bytes);
        target.copy_(local);
    }

    /// <summary>What must agree for the rest of a training to be the same training: network, data and every knob but those that only say where and how it runs.</summary>
    private SortedDictionary<string, string> Identity(NinNetwork network)
    {
        string[] elsewhere =
        [
            nameof(options.LabelColumnName), nameof(options.FeatureColumnName), nameof(options.ExampleWeightColumnName), nameof(options.CheckpointPath),
            nameof(options.CacheBudget), nameof(options.ScoringBatchSize), nameof(options.Threads), nameof(options.Device), nameof(options.Seed),
        ];
        var identity = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["network"] = network.Architecture.ToString(),
            ["training images"] = images.ToString(CultureInfo.InvariantCulture),
            ["seed"] = plan.Seed.ToString(CultureInfo.InvariantCulture),
            ["weights of the classes"] = plan.ClassWeights is { } weights ? string.Join(" ", weights.Select(weight => weight.ToString(CultureInfo.InvariantCulture))) : "1",
        };
        foreach (var property in typeof(NinTrainer.Options).GetProperties().Where(property => !elsewhere.Contains(property.Name)))
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (type.IsPrimitive || type.IsEnum)
                identity[$"Options.{property.Name}"] = Convert.ToString(property.GetValue(options), CultureInfo.InvariantCulture) ?? "null";
        }

        return identity;
    }

    private void CheckSame(SortedDictionary<string, string> found, SortedDictionary<string, string> expected)
    {
        var differences = expected.Keys.Union(found.Keys).Where(key => found.GetValueOrDefault(key) != expected.GetValueOrDefault(key))
            .Select(key => $"{key}: {found.GetValueOrDefault(key) ?? "unknown"} there, {expected.GetValueOrDefault(key) ?? "unknown"} here").ToList();
        if (differences.Count > 0)
            throw new InvalidDataException($"Checkpoint '{path}' belongs to another training. {string.Join("; ", differences)}. Delete it, or set Options.CheckpointPath to another file.");
    }

    private sealed record Scalars(
        long OptimizerSteps, long AverageSteps, double LearningRateScale, int Recoveries, long StepsSinceRecovery,
        GuardState Guard, bool HasGood, bool HasBest, IReadOnlyList<NinEpoch> History);
}
