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
    /// <summary>Reads a scored view with the columns Score, Label (key) and Features.</summary>
    public static ScoredImages Of(IDataView scored)
    {
        var (scores, labels) = (new List<float[]>(), new List<int>());
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (scoreColumn, labelColumn, pixelColumn) = (scored.Schema["Score"], scored.Schema["Label"], scored.Schema["Features"]);
        using var cursor = scored.GetRowCursor([scoreColumn, labelColumn, pixelColumn]);
        var score = cursor.GetGetter<VBuffer<float>>(scoreColumn);
        var label = cursor.GetGetter<uint>(labelColumn);
        var pixel = cursor.GetGetter<VBuffer<float>>(pixelColumn);
        var (values, pixels, key) = (default(VBuffer<float>), default(VBuffer<float>), 0u);
        while (cursor.MoveNext())
        {
            score(ref values);
            label(ref key);
            pixel(ref pixels);
            hash.AppendData(MemoryMarshal.AsBytes(pixels.GetValues()));
            hash.AppendData(BitConverter.GetBytes(key));
            scores.Add([.. values.DenseValues()]);
            labels.Add((int)key - 1);
        }

        return new ScoredImages(scores, labels, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
