using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Contract;

/// <summary>A data view that returns label keys unchanged, right or wrong, which ML.NET's own loaders never do.</summary>
internal sealed class RawKeys : IDataView
{
    private readonly uint[] keys;

    public RawKeys(int classes, params uint[] keys)
    {
        this.keys = keys;
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Label", new KeyDataViewType(typeof(uint), classes));
        builder.AddColumn("Features", new VectorDataViewType(NumberDataViewType.Single, 1, SyntheticImages.Side, SyntheticImages.Side));
        Schema = builder.ToSchema();
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => keys.Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(this);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(RawKeys view) : DataViewRowCursor
    {
        private long position = -1;

        public override long Position => position;

        public override long Batch => 0;

        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override bool MoveNext() => ++position < view.keys.Length;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Delegate getter = column.Name == "Label"
                ? (ValueGetter<uint>)((ref uint key) => key = view.keys[position])
                : (ValueGetter<VBuffer<float>>)((ref VBuffer<float> image) =>
                    image = new VBuffer<float>(
                        SyntheticImages.Side * SyntheticImages.Side, new float[SyntheticImages.Side * SyntheticImages.Side]));
            return (ValueGetter<TValue>)getter;
        }
    }
}
