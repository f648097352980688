using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.Pipeline.Demo.Reports.Html;

/// <summary>The class probabilities of each image in a labelled set, with the true classes.</summary>
/// <param name="Scores">Probabilities, by image and class.</param>
/// <param name="Labels">Number of the true class, from 0.</param>
/// <param name="Hash">SHA-256 of pixels and labels, in hexadecimal: the same data has the same hash.</param>
internal sealed record ScoredImages(IReadOnlyList<float[]> Scores, IReadOnlyList<int> Labels, string Hash)
{
    /// <summary>Reads a scored view with the columns Score and Label (key).</summary>
    /// <param name="scored">The view.</param>
    /// <param name="features">Name of the column with what the network read: pixels, or images.</param>
    public static ScoredImages Of(IDataView scored, string features)
    {
        var (scores, labels) = (new List<float[]>(), new List<int>());
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (scoreColumn, labelColumn, pixelColumn) = (scored.Schema["Score"], scored.Schema["Label"], scored.Schema[features]);
        using var cursor = scored.GetRowCursor([scoreColumn, labelColumn, pixelColumn]);
        var score = cursor.GetGetter<VBuffer<float>>(scoreColumn);
        var label = cursor.GetGetter<uint>(labelColumn);
        var hashPixels = pixelColumn.Type is VectorDataViewType ? OfVector(cursor, pixelColumn, hash) : OfImage(cursor, pixelColumn, hash);
        var (values, key) = (default(VBuffer<float>), 0u);
        while (cursor.MoveNext())
        {
            score(ref values);
            label(ref key);
            hashPixels();
            hash.AppendData(BitConverter.GetBytes(key));
            scores.Add([.. values.DenseValues()]);
            labels.Add((int)key - 1);
        }

        return new ScoredImages(scores, labels, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static Action OfVector(DataViewRowCursor cursor, DataViewSchema.Column column, IncrementalHash hash)
    {
        var (read, pixels) = (cursor.GetGetter<VBuffer<float>>(column), default(VBuffer<float>));
        return () =>
        {
            read(ref pixels);
            hash.AppendData(MemoryMarshal.AsBytes(pixels.GetValues()));
        };
    }

    private static Action OfImage(DataViewRowCursor cursor, DataViewSchema.Column column, IncrementalHash hash)
    {
        var read = cursor.GetGetter<MLImage>(column);
        return () =>
        {
            MLImage image = null!;
            read(ref image);
            using (image)
                hash.AppendData(image.Pixels);
        };
    }
}
