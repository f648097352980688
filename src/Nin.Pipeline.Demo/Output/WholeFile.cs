using System.Text;

namespace Nin.Pipeline.Demo.Output;

/// <summary>
/// Writes a file completely or not at all: to a temporary file, flushed to disk, then renamed. An existing file stays until then. A link
/// stays a link; a device or a pipe is written straight to.
/// </summary>
internal static class WholeFile
{
    /// <summary>Writes bytes.</summary>
    /// <param name="path">File to write.</param>
    /// <param name="write">Writes its content.</param>
    /// <exception cref="OutputException">The folder or the disk does not accept the file; the temporary file is removed.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var target = OutputTarget.Of(path);
        using (var device = Accepted(target, () => OutputTarget.OpenDevice(target)))
        {
            if (device is not null)
            {
                write(device);
                return;
            }
        }

        var aside = $"{target}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = Accepted(target, () => new FileStream(aside, FileMode.CreateNew)))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            Accepted(target, () => File.Move(aside, target, overwrite: true));
        }
        catch
        {
            Remove(aside);
            throw;
        }
    }

    /// <summary>Writes text, in UTF-8.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void WriteText(string path, Action<TextWriter> write) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        write(writer);
    });

    /// <summary>Creates a folder and checks that a file can be written there, so that no training is lost because it cannot.</summary>
    /// <exception cref="OutputException">The folder cannot be created or written to.</exception>
    public static void PrepareFolder(string folder)
    {
        var full = Path.GetFullPath(folder);
        var probe = Path.Combine(full, $".{Guid.NewGuid():N}.tmp");
        try
        {
            Accepted(full, () =>
            {
                Directory.CreateDirectory(full);
                File.WriteAllBytes(probe, []);
            });
        }
        finally
        {
            Remove(probe);
        }
    }

    /// <summary>Does the same for the folder of a file to be written; a device needs none.</summary>
    /// <inheritdoc cref="PrepareFolder"/>
    public static void Prepare(string path)
    {
        var target = OutputTarget.Of(path);
        if (!OutputTarget.IsDevice(target))
            PrepareFolder(Path.GetDirectoryName(target)!);
    }

    private static T Accepted<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputException.For(Path.GetFullPath(path), e);
        }
    }

    private static void Accepted(string path, Action work) => Accepted(path, () =>
    {
        work();
        return true;
    });

    private static void Remove(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is gone or read-only: the first failure is the one to report.
        }
    }
}
