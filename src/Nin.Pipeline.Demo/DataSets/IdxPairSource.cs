using Microsoft.ML;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>Any pair of IDX files, gzip or not: images and their labels. The classes are named by their numbers.</summary>
internal sealed class IdxPairSource(string images, string labels, double testShare) : IImageSource
{
    public DataSet Load(MLContext context, Portion portion)
    {
        var (imageFile, labelFile) = (IdxFile.ReadImages(Existing(images)), IdxFile.ReadLabels(Existing(labels)));
        var numbers = labelFile.Values.ToArray();
        string[] names = [.. Enumerable.Range(0, numbers.Max() + 1).Select(i => $"{i}")];
        var all = new ImageSet(imageFile, labelFile, names);
        ClassNameCheck.AtLeastTwo([.. numbers.Distinct().Order().Select(number => names[number])], images);
        var (train, test) = Portions.Draw(
            [.. numbers.Select(number => names[number])], [.. Enumerable.Range(0, all.Count).Select(all.Name)], testShare, portion);
        return new DataSet(context, all.Take(train), all.Take(test), names)
        {
            Origin = "IDX files",
            Location = Path.GetFullPath(images),
            Size = (all.Height, all.Width),
            Channels = 1,
        };
    }

    private static string Existing(string path) =>
        File.Exists(path) ? path : throw new FileNotFoundException($"{Path.GetFullPath(path)}: there is no such file.");
}
