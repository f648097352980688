using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Nin.MLNet.Data;
using Nin.MLNet.Hosting;
using Nin.MLNet.Training;

namespace Nin.MLNet.Fitting;

/// <summary>
/// What must agree between ranks before they train together: a rank with a different option or different columns would wait for sums that
/// the others never form, or learn something else.
/// </summary>
internal static class RankFacts
{
    /// <exception cref="ArgumentOutOfRangeException">Something differs; thrown on all ranks alike, with the first difference.</exception>
    public static void RequireSame(Replicas replicas, Func<SortedDictionary<string, string>> facts)
    {
        if (!replicas.AreMany)
            return;
        var ranks = replicas.Gather(JsonSerializer.Serialize(replicas.Together(facts)))
            .Select(text => JsonSerializer.Deserialize<SortedDictionary<string, string>>(text)!).ToArray();
        for (var rank = 1; rank < ranks.Length; rank++)
        {
            var differences = ranks[0].Keys.Union(ranks[rank].Keys)
                .Where(name => ranks[0].GetValueOrDefault(name) != ranks[rank].GetValueOrDefault(name))
                .Select(name =>
                    $"{name} is {ranks[0].GetValueOrDefault(name) ?? "not known"} on rank 0 and " +
                    string.Create(CultureInfo.InvariantCulture, $"{ranks[rank].GetValueOrDefault(name) ?? "not known"} on rank {rank}"))
                .ToList();
            if (differences.Count > 0)
                throw Replicas.Shared(Refusal.Option(
                    nameof(NinTrainer.Options.Distributed),
                    $"The ranks do not train the same: {string.Join("; ", differences)}. Start every rank with the same program, options " +
                    "and data (MapValueToKey fitted on all of it)."));
        }
    }

    /// <summary>
    /// Not every view knows its number of rows beforehand. A row that one rank lacks shifts the shares of all later ones.
    /// </summary>
    /// <param name="replicas">The ranks.</param>
    /// <param name="rows">Rows that this rank has gone through, its own and the others'.</param>
    /// <param name="of">Which set, for the message: empty for the training set.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ranks have read different numbers; thrown on all ranks alike.</exception>
    public static void RequireSameRows(Replicas replicas, long rows, string of)
    {
        if (!replicas.AreMany)
            return;
        var all = replicas.Gather(rows);
        var other = Array.FindIndex(all, count => count != all[0]);
        if (other >= 0)
            throw Replicas.Shared(Refusal.Option(nameof(NinTrainer.Options.Distributed), string.Create(
                CultureInfo.InvariantCulture,
                $"The number of rows{of} is {all[0]:N0} on rank 0 and {all[other]:N0} on rank {other}. Give every rank the same data in " +
                $"the same order.")));
    }

    public static SortedDictionary<string, string> Of(
        IHost host, NinTrainer.Options options, IDataView data, IDataView? validationData, ExampleColumns columns,
        NinArchitecture architecture, TorchSharp.torch.Device device, Replicas replicas)
    {
        var facts = new SortedDictionary<string, string>(SettingsMaker.IdentityOf(options), StringComparer.Ordinal)
        {
            ["the version of Nin.MLNet"] = VersionOf(typeof(NinTrainer)),
            ["the version of TorchSharp"] = VersionOf(typeof(TorchSharp.torch)),
            ["the version of ML.NET"] = VersionOf(typeof(MLContext)),
            ["what connects the ranks"] = replicas.Name,
            ["the device"] = $"{device.type}",
            ["the network"] = architecture.ToString(),
            ["the number of rows"] = data.GetRowCount()?.ToString(CultureInfo.InvariantCulture) ?? "not known",
            ["the schema"] = SchemaOf(data, columns),
            ["the validation set"] = validationData is null ? "none" : SchemaOf(validationData, columns),
            ["the classes"] = string.Join(", ", LabelClasses.Of(data.Schema[columns.Label]).Names),
            ["the images"] = LayoutOf(columns.Layout),
            ["Options.CheckpointPath"] = options.CheckpointPath is null ? "null" : "a file",
            ["Options.InitialModel"] = options.InitialModel?.ContentHash ?? "null",
            ["the MLContext's seed"] = HostChoices.SeedOf(host)?.ToString(CultureInfo.InvariantCulture) ?? "null",
        };
        foreach (var (name, value) in new (string, object?)[]
        {
            (nameof(options.Seed), options.Seed), (nameof(options.OnBadRow), options.OnBadRow),
            (nameof(options.OnCollapse), options.OnCollapse), (nameof(options.MaxRecoveries), options.MaxRecoveries),
            (nameof(options.CalibrateTemperature), options.CalibrateTemperature),
            // For a checkpoint, null and false are the same.
            (nameof(options.SymmetricFilters), options.SymmetricFilters),
        })
            facts[$"Options.{name}"] = Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "null";
        return facts;
    }

    private static string LayoutOf(NinImageLayout layout) => string.Create(
        CultureInfo.InvariantCulture,
        $"{layout.Shape} (channels x height x width) in {string.Join('x', layout.Dimensions)} values, channels " +
        $"{(layout.ChannelsLast ? "last" : "first")}{(layout.IsImage ? ", as images" : "")}");

    private static string VersionOf(Type type) => type.Assembly.GetName().Version?.ToString() ?? "not known";

    private static string SchemaOf(IDataView data, ExampleColumns columns) => string.Join(
        ", ",
        new[] { columns.Features, columns.Label, columns.Weight }.OfType<string>()
            .Select(name => $"{name}: {data.Schema.GetColumnOrNull(name)?.Type.ToString() ?? "none"}"));
}
