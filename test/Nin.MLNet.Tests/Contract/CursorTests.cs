using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Contract;

/// <summary>The cursor of a scored view compared with that of ML.NET's own scorer.</summary>
[TestClass]
public sealed class CursorTests
{
    private static readonly MLContext Context = SideBySide.Context;

    [TestMethod]
    public void MoveNext_AtTheEnd_PositionIsMinusOneAndTheSourceIsDisposed()
    {
        var outcome = SideBySide.Same(model =>
        {
            var source = new WatchedView(SyntheticImages.Keyed(Context, 20));
            var view = model.Transform(source);
            using var cursor = view.GetRowCursor([view.Schema["Score"]]);
            var before = cursor.Position;
            var rows = 0;
            while (cursor.MoveNext())
                Assert.AreEqual(rows++, cursor.Position);
            return (before, rows, cursor.Position, cursor.MoveNext(), source.CursorsOpened, source.CursorsDisposed);
        });
        Assert.AreEqual((-1, 20, -1, false, 1, 1), outcome);
    }

    [TestMethod]
    public void MoveNext_WithoutScores_ReadsTheSourceAloneToItsEnd()
    {
        SideBySide.Same(model =>
        {
            var view = model.Transform(SyntheticImages.Keyed(Context, 20));
            using var cursor = view.GetRowCursor([view.Schema["Number"]]);
            var number = cursor.GetGetter<float>(view.Schema["Number"]);
            var (sum, value) = (0f, 0f);
            for (; cursor.MoveNext(); sum += value)
                number(ref value);
            return (sum, cursor.Position, cursor.MoveNext());
        });
    }

    [TestMethod]
    public void MoveNext_AfterDispose_IsFalse()
    {
        var outcome = SideBySide.Same(model =>
        {
            var view = model.Transform(SyntheticImages.Keyed(Context, 20));
            var cursor = view.GetRowCursor([view.Schema["Score"]]);
            cursor.MoveNext();
            cursor.Dispose();
            return (cursor.Position, cursor.MoveNext());
        });
        Assert.AreEqual((-1, false), outcome);
    }

    [TestMethod]
    public void Getter_BeforeTheFirstRow_Throws() => Assert.AreEqual(typeof(InvalidOperationException), SideBySide.Thrown(() =>
    {
        var view = SideBySide.Models[1].Model.Transform(SyntheticImages.Keyed(Context, 20));
        using var cursor = view.GetRowCursor([view.Schema["Score"]]);
        VBuffer<float> value = default;
        SideBySide.ScoreOf(cursor)(ref value);
    }));

    [TestMethod]
    public void GetRowCursor_ColumnOfAnotherSchema_ThrowsAsMLNetDoes()
    {
        var other = new DataViewSchema.Builder();
        for (var i = 0; i < 30; i++)
            other.AddColumn($"Foreign {i}", NumberDataViewType.Double);
        var foreign = other.ToSchema()[29];
        Assert.AreEqual(typeof(InvalidOperationException), SideBySide.Same(model =>
        {
            var view = model.Transform(SyntheticImages.Keyed(Context, 20));
            return SideBySide.Thrown(() => view.GetRowCursor([foreign]));
        }));
    }

    [TestMethod]
    public void IsColumnActive_ColumnOfAnotherSchema_ThrowsAsMLNetDoes()
    {
        var other = new DataViewSchema.Builder();
        for (var i = 0; i < 30; i++)
            other.AddColumn($"Foreign {i}", NumberDataViewType.Double);
        var foreign = other.ToSchema()[29];
        Assert.AreEqual(typeof(ArgumentOutOfRangeException), SideBySide.Same(model =>
        {
            var view = model.Transform(SyntheticImages.Keyed(Context, 20));
            using var cursor = view.GetRowCursor(view.Schema);
            return SideBySide.Thrown(() => cursor.IsColumnActive(foreign));
        }));
    }

    [TestMethod]
    [DataRow("Score", true)]
    [DataRow("Number", true)]
    [DataRow("Score", false)]
    public void GetGetter_ColumnNotAskedForOrOfAnotherType_ThrowsAsMLNetDoes(string column, bool isActive) =>
        Assert.IsNotNull(SideBySide.Same(model =>
        {
            var view = model.Transform(SyntheticImages.Keyed(Context, 20));
            using var cursor = view.GetRowCursor([view.Schema[isActive ? column : "Label"]]);
            return SideBySide.Thrown(() => cursor.GetGetter<double>(view.Schema[column]));
        }));

    [TestMethod]
    public void GetRowCursor_Shuffled_GivesEveryRowItsOwnScores()
    {
        var data = SyntheticImages.Keyed(Context, 60);
        var cached = Context.Data.Cache(data);
        SideBySide.Same(model =>
        {
            var view = model.Transform(cached);
            var straight = Rows(view, null);
            var shuffled = Rows(view, new Random(3));
            Assert.IsFalse(straight.Keys.SequenceEqual(shuffled.Keys));
            foreach (var (number, score) in shuffled)
                Assert.AreEqual(straight[number], score, 1e-5);
            return shuffled.Count;
        });
    }

    private static Dictionary<float, float> Rows(IDataView view, Random? random)
    {
        using var cursor = view.GetRowCursor([view.Schema["Score"], view.Schema["Number"]], random);
        var (score, number) = (SideBySide.ScoreOf(cursor), cursor.GetGetter<float>(view.Schema["Number"]));
        var rows = new Dictionary<float, float>();
        VBuffer<float> value = default;
        float name = 0;
        while (cursor.MoveNext())
        {
            score(ref value);
            number(ref name);
            rows.Add(name, value.GetItemOrDefault(0));
        }

        return rows;
    }
}
