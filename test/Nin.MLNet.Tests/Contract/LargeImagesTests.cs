using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Contract;

/// <summary>Images so large that careless arithmetic overflows or a batch does not fit into memory.</summary>
[TestClass]
public sealed class LargeImagesTests
{
    [TestMethod]
    [DataRow(3, 1183, 4)]
    [DataRow(1, 2048, 3)]
    [DataRow(3, 2400, 3)]
    public void FitAndTransform_LargeImagesResized_Work(int channels, int side, int rows)
    {
        var context = new MLContext(1);
        var schema = SchemaDefinition.Create(typeof(Large));
        schema[nameof(Large.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, channels, side, side);
        var images = Enumerable.Range(0, 3).Select(i => Enumerable.Repeat((float)(80 * i), channels * side * side).ToArray()).ToArray();
        // Lazily: all rows of a class share one array.
        var data = context.Data.LoadFromEnumerable(
            Enumerable.Range(0, rows).Select(i => new Large { Label = (uint)(i % 3) + 1, Features = images[i % 3] }), schema);
        var options = SyntheticImages.Quick();
        (options.ResizeTo, options.NumberOfEpochs, options.BatchSize) = (32, 1, 2);
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(data);
        Assert.HasCount(rows, model.Transform(data).GetColumn<float[]>("Score").ToList());
    }

    [TestMethod]
    public void Fit_ShapeOfMoreValuesThanAnArrayHolds_SaysSo()
    {
        var context = new MLContext(1);
        var options = SyntheticImages.Quick();
        options.ImageShape = new NinImageShape(1, 65_536, 65_536);
        var error = Assert.Throws<ArgumentException>(
            () => context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, 5)));
        StringAssert.Contains(error.Message, "65536x65536");
    }

    private sealed class Large
    {
        [KeyType(3)]
        public uint Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}
