using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Stress.Samples;
using Nin.MLNet.Training.Callbacks;

namespace Nin.MLNet.Stress.Flips;

/// <summary>The files worth flipping.</summary>
internal static class FlipTargets
{
    private static readonly Dictionary<string, Func<FlipTarget>> Known = new() { ["model"] = Model, ["checkpoint"] = CheckpointOf };

    public static IEnumerable<string> Names => Known.Keys;

    /// <exception cref="ArgumentException">No file has that name.</exception>
    public static FlipTarget Of(string name) => Known.TryGetValue(name, out var make)
        ? make()
        : throw new ArgumentException($"Unknown file '{name}': expected {string.Join(", ", Names)}.");

    private static FlipTarget Model()
    {
        var context = new MLContext(1);
        var images = DrawnModel.Images(context, SmallNetwork.Shape, 4);
        using var model = DrawnModel.Of(context, SmallNetwork.Architecture, SmallNetwork.Shape);
        using var stream = new MemoryStream();
        context.Model.Save(model, images.Schema, stream);
        var zip = stream.ToArray();
        return new FlipTarget("model", zip, ZipHeaders.Of(zip), Scores, Documented);

        string Scores(byte[] bytes)
        {
            using var loaded = (NinTransformer)context.Model.Load(new MemoryStream(bytes), out _);
            var scores = loaded.Transform(images).GetColumn<float[]>("Score").SelectMany(row => row);
            return $"{string.Join(' ', scores)} {string.Join(' ', loaded.Model.ClassNames)}";
        }

        // ML.NET's exception for a damaged model, with the zip's or ours inside. The others escape from ML.NET 5.0.1's own entries.
        static bool Documented(Exception e) =>
            e is FormatException or InvalidDataException or IOException or OverflowException or CultureNotFoundException
            || (e is InvalidOperationException && e.GetBaseException() is (InvalidDataException or FormatException));
    }

    private static FlipTarget CheckpointOf()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var valid = CheckpointSample.WriteTo(path);
        // Everything but the bytes of the parts.
        var headers = Enumerable.Range(0, valid.Length).Where(place => !CheckpointSample.IsInAPart(valid, place)).ToList();
        return new FlipTarget("checkpoint", valid, headers, Content, e => e is InvalidDataException);

        string Content(byte[] bytes)
        {
            File.WriteAllBytes(path, bytes);
            try
            {
                var file = CheckpointFile.Read(path);
                return $"{file.Header.Seed} {string.Join(' ', file.Parts.Select(part => part.Key + Convert.ToHexString(part.Value)))}";
            }
            finally
            {
                File.Delete(path);
            }
        }
    }
}
