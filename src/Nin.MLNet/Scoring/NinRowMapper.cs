using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Data;

namespace Nin.MLNet.Scoring;

/// <summary>Scores one row with one forward, as PredictionEngine asks; nothing native outlives a call.</summary>
internal sealed class NinRowMapper(BoundModel scorer, NinTransformer transformer) : IRowToRowMapper
{
    public DataViewSchema InputSchema => scorer.Input;

    public DataViewSchema OutputSchema => scorer.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) => scorer.Dependencies(dependingColumns);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => new ScoredRow(scorer, input, [.. activeColumns.Select(column => column.Index)]);

    public ITransformer GetTransformer() => transformer;

    private sealed class ScoredRow : DataViewRow
    {
        private readonly BoundModel scorer;
        private readonly DataViewRow input;
        private readonly HashSet<int> active;
        private readonly ImageReader? reader;
        private readonly float[] pixels, scores;
        private long scored = -1;

        public ScoredRow(BoundModel scorer, DataViewRow input, HashSet<int> active)
        {
            (this.scorer, this.input, this.active) = (scorer, input, active);
            pixels = new float[scorer.Model.ImageShape.Size];
            scores = new float[scorer.Model.Architecture.Classes];
            if (active.Any(index => index >= scorer.Input.Count))
                reader = new ImageReader(input, input.Schema[scorer.Features.Index], scorer.Model.ImageLayout);
        }

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => scorer.Output;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!IsColumnActive(column))
                throw new InvalidOperationException($"Column '{column.Name}' is not active in this row.");
            if (!scorer.IsOwn(column))
                return input.GetGetter<TValue>(input.Schema[column.Index]);
            Delegate getter = column.Index == scorer.Score.Index
                ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => OutputColumns.Copy(Scores(), ref value))
                : (ValueGetter<uint>)((ref uint value) => value = OutputColumns.Predict(Scores()));
            return getter as ValueGetter<TValue> ?? throw new InvalidOperationException($"Column '{column.Name}' is of type {column.Type}, not {typeof(TValue)}.");
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
            base.Dispose(disposing);
        }

        private float[] Scores()
        {
            if (scored != input.Position)
            {
                reader!.Read(pixels);
                scorer.Run(pixels, 1, scores);
                scored = input.Position;
            }

            return scores;
        }
    }
}
