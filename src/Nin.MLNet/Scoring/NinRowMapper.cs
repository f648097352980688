using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Data;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Scoring;

/// <summary>Scores one row per forward pass, as PredictionEngine needs; nothing native outlives a call.</summary>
internal sealed class NinRowMapper(BoundModel model, ITransformer transformer) : IRowToRowMapper
{
    public DataViewSchema InputSchema => model.Input;

    public DataViewSchema OutputSchema => model.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        model.Dependencies(dependingColumns);

    /// <exception cref="InvalidOperationException">A row or a column belongs to another schema.</exception>
    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        if (input.Schema != model.Input)
            throw new InvalidOperationException(
                "The row is of another schema than the one this mapper was made for: " +
                "get a mapper for the row's schema (GetRowToRowMapper).");
        return new ScoredRow(model, input, CursorColumns.IndicesOf(activeColumns, model.Output));
    }

    public ITransformer GetTransformer() => transformer;

    private sealed class ScoredRow : DataViewRow
    {
        private readonly BoundModel model;
        private readonly DataViewRow input;
        private readonly HashSet<int> active;
        private readonly ImageReader? reader;
        private readonly float[] pixels, values;
        private long computed = -1;

        public ScoredRow(BoundModel model, DataViewRow input, HashSet<int> active)
        {
            (this.model, this.input, this.active) = (model, input, active);
            pixels = new float[model.Model.ImageShape.Size];
            values = new float[model.ValuesPerRow];
            if (active.Any(index => index >= model.Input.Count))
                reader = ImageReader.Of(input, model.Features, model.Model.ImageLayout);
        }

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => model.Output;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(model.IndexOf(column));

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            model.Getter<TValue>(column, IsColumnActive(column), Values, passed => input.GetGetter<TValue>(passed));

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
            base.Dispose(disposing);
        }

        private ReadOnlySpan<float> Values()
        {
            if (input.Position < 0)
                throw BoundModel.NoRow();
            if (computed != input.Position)
            {
                reader!.Read(pixels);
                model.Run(pixels, 1, values);
                computed = input.Position;
            }

            return values;
        }
    }
}
