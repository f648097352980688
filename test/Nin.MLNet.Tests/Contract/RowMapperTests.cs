using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Contract;

/// <summary>The row-to-row mapper that prediction engines use.</summary>
[TestClass]
public sealed class RowMapperTests
{
    private static readonly MLContext Context = SideBySide.Context;

    [TestMethod]
    public void GetRow_OfAnotherSchema_Throws()
    {
        var data = SyntheticImages.Keyed(Context, 5);
        var other = Context.Transforms.CopyColumns("Copy", "Number").Fit(data).Transform(data);
        foreach (var (name, model) in SideBySide.Models)
        {
            var mapper = model.GetRowToRowMapper(data.Schema);
            using var row = other.GetRowCursor(other.Schema);
            row.MoveNext();
            Assert.IsNotNull(SideBySide.Thrown(() => Score(mapper, row)), name);
        }
    }

    [TestMethod]
    public void GetRow_BeforeTheFirstRow_Throws()
    {
        var data = SyntheticImages.Keyed(Context, 5);
        var mapper = SideBySide.Models[1].Model.GetRowToRowMapper(data.Schema);
        using var row = data.GetRowCursor(data.Schema);
        Assert.ThrowsExactly<InvalidOperationException>(() => Score(mapper, row));
        row.MoveNext();
        Assert.AreEqual(1, Score(mapper, row).DenseValues().Sum(), 1e-5);
    }

    [TestMethod]
    public void GetRow_RowAfterRow_GivesTheScoresOfTransform()
    {
        var data = SyntheticImages.Keyed(Context, 40);
        foreach (var (name, model) in SideBySide.Models)
        {
            var expected = model.Transform(data).GetColumn<float[]>("Score").ToList();
            var mapper = model.GetRowToRowMapper(data.Schema);
            using var cursor = data.GetRowCursor(data.Schema);
            using var row = mapper.GetRow(cursor, mapper.OutputSchema);
            var getter = SideBySide.ScoreOf(row);
            for (VBuffer<float> value = default; cursor.MoveNext();)
            {
                getter(ref value);
                Assert.AreEqual(expected[(int)cursor.Position][0], value.GetItemOrDefault(0), 1e-5, name);
            }
        }
    }

    private static VBuffer<float> Score(IRowToRowMapper mapper, DataViewRow row)
    {
        // Not disposed, because that would dispose the row it reads from.
        var scored = mapper.GetRow(row, mapper.OutputSchema);
        VBuffer<float> value = default;
        SideBySide.ScoreOf(scored)(ref value);
        return value;
    }
}
