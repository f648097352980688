using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.TorchSharp;
using Microsoft.ML.TorchSharp.AutoFormerV2;
using Nin.MLNet.Hosting;
using Nin.MLNet.Tests.Contract;
using TorchSharp;

namespace Nin.MLNet.Tests.Packages;

/// <summary>ML.NET's own TorchSharp trainers and this one share a process and one TorchSharp.</summary>
[TestClass]
public sealed class TorchSharpTrainersTests
{
    // Object detection, compiled against an older TorchSharp: its "interpolate" has other parameters now.
    private static readonly string[] MissingInterpolate = ["AutoFormerV2Block.forward", "FPN.forward"];

    [TestMethod]
    public void References_OfBothAssemblies_AreOneTorchSharp()
    {
        var ours = Loaded(typeof(NinTrainer).Assembly, "TorchSharp");
        var theirs = Loaded(typeof(TorchSharpCatalog).Assembly, "TorchSharp");
        Assert.AreSame(ours, theirs);
        Assert.AreEqual(new Version(0, 107, 0, 0), ours.GetName().Version);
    }

    [TestMethod]
    public void Trainers_OfBothFamilies_PromiseTheirColumnsInOneProcess()
    {
        var context = new MLContext(1);
        var trainers = context.MulticlassClassification.Trainers;

        var text = SchemaOf<Sentence>(context, nameof(Sentence.Label));
        ShouldPromise(trainers.TextClassification(sentence1ColumnName: nameof(Sentence.Text)), text, "PredictedLabel", "Score");
        ShouldPromise(
            context.Regression.Trainers.SentenceSimilarity("Likeness", "Score", nameof(Sentence.Text), nameof(Sentence.Other)),
            text, "Score");
        ShouldPromise(trainers.QuestionAnswer(predictedAnswerColumnName: "Answer"), SchemaOf<Question>(context), "Answer", "Score");
        ShouldPromise(
            trainers.NamedEntityRecognition(sentence1ColumnName: nameof(Words.Text)),
            SchemaOf<Words>(context, nameof(Words.Label)), "PredictedLabel");
        ShouldPromise(
            trainers.Nin(SyntheticImages.Quick()),
            SchemaOf<SyntheticImages.Row>(context, nameof(SyntheticImages.Row.Label)), "PredictedLabel", "Score");
    }

    [TestMethod]
    public void Methods_OfTheWholeAssembly_CompileAgainstThisTorchSharpButTheTwoKnown()
    {
        var failed = new List<string>();
        var prepared = 0;
        foreach (var method in MethodsOf(typeof(TorchSharpCatalog).Assembly))
        {
            try
            {
                RuntimeHelpers.PrepareMethod(method.MethodHandle);
                prepared++;
            }
            catch (Exception e) when (e is MissingMemberException or TypeLoadException or FileNotFoundException)
            {
                Assert.Contains("interpolate", e.Message);
                failed.Add($"{method.DeclaringType!.Name}.{method.Name}");
            }
        }

        CollectionAssert.AreEquivalent(MissingInterpolate, failed);
        Assert.IsGreaterThan(500, prepared);
    }

    [TestMethod]
    public void Fit_BesideAModuleOfTheirs_TrainsAndScores()
    {
        // One of their modules computes the same before and after; their trainers themselves fetch weights from the web.
        using var module = new MLP(8);
        module.eval();
        var before = OutputOf(module);

        var context = new MLContext(1);
        var data = SyntheticImages.Keyed(context, 90);
        using var model = context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(data);
        var scores = model.Transform(data).GetColumn<float[]>("Score").ToArray();

        Assert.HasCount(90, scores);
        foreach (var score in scores)
            Assert.AreEqual(1, score.Sum(), 1e-4);
        Assert.HasCount(4 * 8, before);
        Assert.IsTrue(before.All(float.IsFinite));
        CollectionAssert.AreEqual(before, OutputOf(module));
    }

    private static float[] OutputOf(MLP module)
    {
        using var scope = torch.NewDisposeScope();
        using var inference = torch.inference_mode();
        return [.. module.forward(torch.linspace(-1, 1, 4 * 8, dtype: torch.float32).reshape(1, 4, 8)).data<float>()];
    }

    private static void ShouldPromise<TTransformer>(IEstimator<TTransformer> trainer, DataViewSchema input, params string[] columns)
        where TTransformer : ITransformer
    {
        var promised = trainer.GetOutputSchema(SchemaShapes.Of(input)).Select(column => column.Name).ToArray();
        foreach (var column in columns)
            Assert.Contains(column, promised, $"{trainer.GetType().Name} promises {string.Join(", ", promised)}");
    }

    private static DataViewSchema SchemaOf<TRow>(MLContext context, params string[] keys)
        where TRow : class, new()
    {
        var data = context.Data.LoadFromEnumerable([new TRow()]);
        foreach (var key in keys)
            data = context.Transforms.Conversion.MapValueToKey(key).Fit(data).Transform(data);
        return data.Schema;
    }

    private static Assembly Loaded(Assembly by, string name) =>
        Assembly.Load(by.GetReferencedAssemblies().Single(reference => reference.Name == name));

    /// <summary>Every method and constructor that has a body to compile.</summary>
    private static IEnumerable<MethodBase> MethodsOf(Assembly assembly)
    {
        const BindingFlags declared =
            BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;
        return assembly.GetTypes()
            .SelectMany(type => type.GetMethods(declared).Cast<MethodBase>().Concat(type.GetConstructors(declared)))
            .Where(method => !method.IsAbstract && !method.ContainsGenericParameters && method.GetMethodBody() is not null);
    }

    private sealed class Sentence
    {
        public string Label { get; set; } = "good";

        public float Likeness { get; set; }

        public string Text { get; set; } = "a sentence";

        public string Other { get; set; } = "another";
    }

    private sealed class Words
    {
        public string[] Label { get; set; } = ["PERSON"];

        public string Text { get; set; } = "Ada";
    }

    private sealed class Question
    {
        public string Context { get; set; } = "It rained on Monday.";

        [ColumnName("Question")]
        public string Text { get; set; } = "When did it rain?";

        public string TrainingAnswer { get; set; } = "Monday";

        public int AnswerIndex { get; set; } = 13;
    }
}
