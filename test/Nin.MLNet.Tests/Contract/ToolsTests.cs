using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Tests.Export;

namespace Nin.MLNet.Tests.Contract;

/// <summary>ML.NET's model inspection tools, on our model and on one of its own.</summary>
[TestClass]
public sealed class ToolsTests
{
    private static readonly MLContext Context = SideBySide.Context;

    [TestMethod]
    public void PermutationFeatureImportance_OfTheTransformerAlone_FindsThePredictor()
    {
        // It requires slot names.
        var schema = SchemaDefinition.Create(typeof(SyntheticImages.Row));
        var names = Enumerable.Range(0, 144).Select(pixel => $"pixel {pixel}".AsMemory()).ToArray();
        schema["Features"].AddAnnotation(
            "SlotNames", new VBuffer<ReadOnlyMemory<char>>(144, names), new VectorDataViewType(TextDataViewType.Instance, 144));
        var rows = Context.Data.LoadFromEnumerable(SyntheticImages.Rows(12), schema);
        var data = Context.Transforms.Conversion.MapValueToKey("Label").Fit(rows).Transform(rows);
        Assert.AreEqual(144, SideBySide.Same(
            model => Context.MulticlassClassification.PermutationFeatureImportance(model, data, permutationCount: 1).Count));
    }

    [TestMethod]
    public void ConvertToOnnx_OfAModel_HasTheInputsAndOutputsThatAnInBoxModelHas()
    {
        var rows = Context.Data.LoadFromEnumerable(SyntheticImages.Rows(12));
        var keys = Context.Transforms.Conversion.MapValueToKey("Label").Fit(Context.Data.LoadFromEnumerable(SyntheticImages.Rows(90)));
        var values = Context.Transforms.Conversion.MapKeyToValue("PredictedLabel");
        StringAssert.Contains(
            SideBySide.Same(model =>
            {
                var scored = model.Transform(keys.Transform(rows));
                var chain = new TransformerChain<ITransformer>(keys, model, values.Fit(scored));
                using var file = OnnxFile.Of(Context, chain, rows);
                return string.Join(", ", file.Session.InputMetadata.Concat(file.Session.OutputMetadata).Select(value =>
                    $"{value.Key} {value.Value.ElementType.Name} [{string.Join(", ", value.Value.Dimensions)}]"));
            }),
            "PredictedLabel.output String [-1, 1]");
    }

    [TestMethod]
    public void Transform_OfAnEstimatorChain_CanBeAppliedToOtherData()
    {
        var data = SyntheticImages.Keyed(Context, 12);
        foreach (var (name, model) in SideBySide.Models)
        {
            var chain = new TransformerChain<ITransformer>(model);
            Assert.HasCount(12, chain.Transform(data).GetColumn<float[]>("Score").ToList(), name);
        }
    }
}
