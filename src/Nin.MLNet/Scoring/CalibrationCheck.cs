using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Hosting;

namespace Nin.MLNet.Scoring;

/// <summary>Sorts scored rows into bins by their greatest score and counts how many in each bin are right.</summary>
internal static class CalibrationCheck
{
    /// <summary>A row without a label or with a score that is not a number is not counted.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or has the wrong type.</exception>
    public static NinCalibrationMetrics Run(IDataView data, string labelName, string scoreName, int bins)
    {
        var (label, score) = (Find(data, labelName, "label"), Find(data, scoreName, "score"));
        if (label.Type is not KeyDataViewType)
            throw Refusal.Schema(
                $"Label column '{labelName}' is of type {label.Type}: expected a key, mapped as for the training (MapValueToKey).");
        if (score.Type is not VectorDataViewType { ItemType: NumberDataViewType { RawType: var raw } } || raw != typeof(float))
            throw Refusal.Schema(
                $"Score column '{scoreName}' is of type {score.Type}: expected Vector<Single>, the probabilities of a multiclass model.");
        var (counts, confidences, right) = (new long[bins], new double[bins], new long[bins]);
        using var cursor = data.GetRowCursor([label, score]);
        var (keyGetter, scoreGetter) = (KeyReader.Of(cursor, label), cursor.GetGetter<VBuffer<float>>(score));
        var (key, buffer) = (0ul, default(VBuffer<float>));
        while (cursor.MoveNext())
        {
            keyGetter(ref key);
            scoreGetter(ref buffer);
            var best = 0;
            var scores = buffer.DenseValues().ToArray();
            for (var i = 1; i < scores.Length; i++)
                best = scores[i] > scores[best] ? i : best;
            if (key == 0 || scores.Length == 0 || scores.Any(float.IsNaN))
                continue;
            var bin = Math.Clamp((int)MathF.Ceiling(scores[best] * bins) - 1, 0, bins - 1);
            counts[bin]++;
            confidences[bin] += scores[best];
            right[bin] += key == (ulong)best + 1 ? 1 : 0;
        }

        return new(
        [
            .. Enumerable.Range(0, bins).Select(i => new NinCalibrationBin(
                (double)i / bins, (i + 1.0) / bins, counts[i], confidences[i] / counts[i], (double)right[i] / counts[i])),
        ]);
    }

    private static DataViewSchema.Column Find(IDataView data, string name, string role) =>
        data.Schema.GetColumnOrNull(name)
        ?? throw Refusal.Schema($"The {role} column '{name}' was not found: name it, or score the data first.");
}
