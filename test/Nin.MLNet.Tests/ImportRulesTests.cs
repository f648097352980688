using System.Text.RegularExpressions;

namespace Nin.MLNet.Tests;

/// <summary>Imports go one way (docs/architecture.md): each folder may name only the namespaces listed here.</summary>
[TestClass]
public sealed partial class ImportRulesTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Arithmetic"] = [],
        ["Native"] = ["TorchSharp"],
        ["Network"] = ["Nin.MLNet.Arithmetic", "Nin.MLNet.Native", "TorchSharp"],
        ["Training"] = ["Nin.MLNet.Network", "Nin.MLNet.Native", "Nin.MLNet.Training", "TorchSharp"],
        ["Data"] = ["Nin.MLNet.Training", "Nin.MLNet.Network", "Nin.MLNet.Hosting", "Microsoft.ML", "TorchSharp"],
        ["Scoring"] = ["Nin.MLNet.Network", "Nin.MLNet.Data", "Nin.MLNet.Hosting", "Microsoft.ML"],
        ["Export"] = ["Nin.MLNet.Network", "Nin.MLNet.Hosting", "Microsoft.ML", "TorchSharp"],
        ["Persistence"] = ["Nin.MLNet.Network", "TorchSharp"],
        ["Fitting"] = ["Nin.MLNet.Data", "Nin.MLNet.Hosting", "Nin.MLNet.Network", "Nin.MLNet.Training", "Microsoft.ML", "TorchSharp"],
        ["Hosting"] = ["Nin.MLNet.Training", "Nin.MLNet.Native", "Microsoft.ML", "TorchSharp"],
    };

    private static readonly string[] Ruled = ["Nin.MLNet", "Microsoft.ML", "TorchSharp"];

    public static IEnumerable<object[]> Folders => Allowed.Keys.Select(folder => new object[] { folder });

    // Checks what the compiled types name, not their using lines. Every folder may use the public types at the root.
    [TestMethod]
    [DynamicData(nameof(Folders))]
    public void Folder_TheTypesItNames_KeepToTheRules(string folder)
    {
        var types = typeof(NinTrainer).Assembly.GetTypes().Where(type => IsWithin(type.Namespace, $"Nin.MLNet.{folder}")).ToList();
        Assert.IsNotEmpty(types);
        var broken =
            from type in types
            from named in CompiledCode.TypesNamedBy(type)
            where named.Namespace is { } name && Ruled.Any(root => IsWithin(name, root)) && name != "Nin.MLNet"
            where !Allowed[folder].Append($"Nin.MLNet.{folder}").Any(allowed => IsWithin(named.Namespace, allowed))
            select $"{type} names {named}";
        Assert.AreEqual("", string.Join("\n", broken.Distinct()));
    }

    [TestMethod]
    public void Training_TheRootTypesItNames_HaveNothingOfMLNet()
    {
        Type[] bound =
        [
            typeof(NinTrainer), typeof(NinTrainer.Options), typeof(NinTransformer),
            typeof(NinModelParameters), typeof(Microsoft.ML.NinCatalog),
        ];
        var named = typeof(NinTrainer).Assembly.GetTypes()
            .Where(type => IsWithin(type.Namespace, "Nin.MLNet.Training"))
            .SelectMany(CompiledCode.TypesNamedBy);
        Assert.AreEqual("", string.Join(", ", named.Where(bound.Contains).Distinct()));
    }

    [TestMethod]
    public void SourceFolders_AllOfThem_HaveARule() =>
        CollectionAssert.AreEquivalent(
            Allowed.Keys.ToArray(),
            Directory.GetDirectories(Path.Combine(Repository.Root, "src", "Nin.MLNet"))
                .Select(Path.GetFileName)
                .Where(name => name is not ("bin" or "obj"))
                .ToArray());

    [TestMethod]
    public void SourceFiles_AllOfThem_AreAtMost350LinesAndPrintNothing()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "src", "Nin.MLNet"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal));
        foreach (var file in files)
        {
            Assert.IsLessThanOrEqualTo(350, File.ReadAllLines(file).Length, file);
            Assert.IsFalse(File.ReadAllText(file).Contains("Console.Write", StringComparison.Ordinal), file);
        }
    }

    [TestMethod]
    public void Demo_ItsImports_UseThePublicApiAlone()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "src", "Nin.Pipeline.Demo"), "*.cs", SearchOption.AllDirectories);
        foreach (var file in files)
        {
            foreach (Match match in Names().Matches(File.ReadAllText(file)))
                Assert.IsFalse(
                    match.Groups[1].Value.StartsWith("Nin.MLNet.", StringComparison.Ordinal),
                    $"{file} imports {match.Groups[1].Value}");
        }
    }

    private static bool IsWithin(string? name, string root) =>
        name == root || name?.StartsWith(root + ".", StringComparison.Ordinal) == true;

    // Namespaces of ours, ML.NET's and TorchSharp's; all others are allowed.
    [GeneratedRegex(@"^using (?:static )?((?:Nin\.MLNet\.|Microsoft\.ML|TorchSharp)[\w.]*);", RegexOptions.Multiline)]
    private static partial Regex Names();
}
