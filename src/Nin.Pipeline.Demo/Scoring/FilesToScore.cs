using Nin.Pipeline.Demo.DataSets;

namespace Nin.Pipeline.Demo.Scoring;

/// <summary>Files to score, in the given order.</summary>
internal static class FilesToScore
{
    /// <summary>Expands the files and folders that a user names: each folder is replaced by the images below it.</summary>
    /// <param name="inputs">The files and folders named.</param>
    /// <param name="failures">Collects what <see cref="FolderImages.Below"/> leaves out.</param>
    /// <exception cref="InvalidDataException">A folder has no images.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> inputs, ReadFailures failures)
    {
        var files = new List<string>();
        foreach (var input in inputs)
        {
            if (!Directory.Exists(input))
            {
                files.Add(input);
                continue;
            }

            var known = failures.Count;
            var images = FolderImages.Below(input, failures);
            files.AddRange(images);
            if (images.Count == 0 && failures.Count == known)
                throw FolderImages.None(input, "images in this folder", failures);
        }

        return files;
    }

    /// <summary>The files as rows. An image lives until the next row is requested; ExtractPixels has copied it by then.</summary>
    public static IEnumerable<ImageRow> Rows(IReadOnlyList<string> files, ReadFailures failures, CancellationToken cancellation)
    {
        foreach (var file in files)
        {
            cancellation.ThrowIfCancellationRequested();
            using var row = new ImageRow { Path = file };
            try
            {
                row.Image = ImageFile.Decode(file);
            }
            catch (UnreadableImageException e)
            {
                failures.Add(e);
            }

            if (row.Image is not null)
                yield return row;
        }
    }
}
