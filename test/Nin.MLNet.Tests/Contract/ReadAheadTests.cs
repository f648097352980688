using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Nin.MLNet.Tests.Contract;

/// <summary>Rows are read ahead to be scored together; downstream code cannot tell.</summary>
[TestClass]
public sealed class ReadAheadTests
{
    private static readonly MLContext Context = SideBySide.Context;

    [TestMethod]
    public void TakeRows_OfAScoredView_ReadsOnlyThoseFromTheSource()
    {
        var source = new WatchedView(SyntheticImages.Keyed(Context, 300));
        var view = SideBySide.Models[1].Model.Transform(source);
        Assert.HasCount(1, Context.Data.TakeRows(view, 1).GetColumn<float[]>("Score").ToList());
        Assert.IsLessThanOrEqualTo(2, source.RowsRead);
    }

    [TestMethod]
    public void CreateEnumerable_FeaturesBesideScores_ReadsTheFeaturesOnceARow()
    {
        var image = SyntheticImages.Rows(1)[0].Features;
        var reads = 0;
        var rows = Enumerable.Range(0, 40).Select(_ => new CountedRow(image, () => reads++)).ToList();
        var view = SideBySide.Models[1].Model.Transform(Context.Data.LoadFromEnumerable(rows));
        foreach (var row in Context.Data.CreateEnumerable<Both>(view, reuseRowObject: false))
        {
            CollectionAssert.AreEqual(image, row.Features);
            Assert.AreEqual(1, row.Score.Sum(), 1e-5);
        }

        Assert.AreEqual(40, reads);
    }

    // 8 MB a row: eight rows are read ahead, not a hundred.
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void GetColumn_LargeColumnsPassedThrough_AreKeptForFewRows(bool isSizeKnown)
    {
        var image = SyntheticImages.Rows(1)[0].Features;
        var large = new float[2 << 20];
        var read = 0;
        var type = isSizeKnown
            ? new VectorDataViewType(NumberDataViewType.Single, large.Length) : new VectorDataViewType(NumberDataViewType.Single);
        var schema = SchemaDefinition.Create(typeof(LargeRow));
        schema[nameof(LargeRow.Large)].ColumnType = type;
        var rows = Enumerable.Range(0, 60).Select(_ => new LargeRow(large, () => read++) { Features = image });
        var view = SideBySide.Models[1].Model.Transform(Context.Data.LoadFromEnumerable(rows, schema));
        using var cursor = view.GetRowCursor([view.Schema["Large"], view.Schema["Score"]]);
        var (value, score) = (cursor.GetGetter<VBuffer<float>>(view.Schema["Large"]), SideBySide.ScoreOf(cursor));
        var (kept, scores, most) = (default(VBuffer<float>), default(VBuffer<float>), 0);
        for (var row = 1; cursor.MoveNext(); row++)
        {
            value(ref kept);
            score(ref scores);
            Assert.AreEqual((large.Length, 3), (kept.Length, scores.Length));
            most = Math.Max(most, read - row);
        }

        Assert.AreEqual(60, read);
        Assert.AreEqual(7, most);
    }

    [TestMethod]
    public void MoveNext_BrokenRow_ComesAfterTheRowsBeforeIt()
    {
        // ML.NET's own scorer may return none of them, because it reads on several threads.
        var view = SideBySide.Models[1].Model.Transform(new WatchedView(SyntheticImages.Keyed(Context, 300)) { BrokenRow = 100 });
        var rows = 0;
        Assert.ThrowsExactly<IOException>(() =>
        {
            foreach (var score in view.GetColumn<float[]>("Score"))
                rows++;
        });
        Assert.AreEqual(100, rows);
    }

    [TestMethod]
    public void GetColumn_ImagesPassedThrough_StayAliveAsInMLNet()
    {
        // The source hands out images owned by the reader; only the reader disposes them.
        Assert.AreEqual((90, 90), SideBySide.Same(model =>
        {
            var data = WithImages(90);
            var kept = model.Transform(data).GetColumn<MLImage>("Picture").ToList();
            var beside = Context.Data.CreateEnumerable<Kept>(model.Transform(data), reuseRowObject: false).ToList();
            return (kept.Count(IsAlive), beside.Count(row => IsAlive(row.Picture!) && row.Score.Length == 3));
        }));
    }

    [TestMethod]
    public void Preview_OfResizedImages_ShowsLiveOnes()
    {
        SideBySide.Same(model =>
        {
            var data = WithImages(60);
            var resized = Context.Transforms.ResizeImages("Small", 4, 4, "Picture").Fit(data).Transform(data);
            var view = model.Transform(resized);
            using var cursor = view.GetRowCursor([view.Schema["Small"], view.Schema["Score"]]);
            var (image, score) = (cursor.GetGetter<MLImage>(view.Schema["Small"]), SideBySide.ScoreOf(cursor));
            var alive = 0;
            MLImage? small = null;
            VBuffer<float> scores = default;
            while (cursor.MoveNext())
            {
                score(ref scores);
                image(ref small!);
                alive += IsAlive(small) ? 1 : 0;
            }

            return alive;
        });
    }

    private static bool IsAlive(MLImage image)
    {
        try
        {
            return image.Width > 0 && image.Pixels.Length > 0;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static IDataView WithImages(int count)
    {
        var rows = SyntheticImages.Rows(count).Select(row => new Pictured
        {
            Label = row.Label,
            Features = row.Features,
            Picture = MLImage.CreateFromPixels(12, 12, MLPixelFormat.Bgra32, new byte[12 * 12 * 4]),
        }).ToList();
        var data = Context.Data.LoadFromEnumerable(rows);
        return Context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private sealed class Pictured
    {
        public string Label { get; set; } = "";

        [VectorType(SyntheticImages.Side * SyntheticImages.Side)]
        public float[] Features { get; set; } = [];

        [ImageType(12, 12)]
        public MLImage? Picture { get; set; }
    }

    private sealed class Kept
    {
        [ImageType(12, 12)]
        public MLImage? Picture { get; set; }

        public float[] Score { get; set; } = [];
    }

    private sealed class LargeRow(float[] large, Action read)
    {
        [VectorType(SyntheticImages.Side * SyntheticImages.Side)]
        public float[] Features { get; set; } = [];

        public float[] Large
        {
            get
            {
                read();
                return large;
            }
        }
    }

    private sealed class CountedRow(float[] image, Action read)
    {
        [VectorType(SyntheticImages.Side * SyntheticImages.Side)]
        public float[] Features
        {
            get
            {
                read();
                return image;
            }
        }
    }

    private sealed class Both
    {
        [VectorType(SyntheticImages.Side * SyntheticImages.Side)]
        public float[] Features { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
