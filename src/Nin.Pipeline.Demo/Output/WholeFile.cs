using System.Text;

namespace Nin.Pipeline.Demo.Output;

/// <summary>
/// Writes a file completely or not at all: to a temporary file, flushed to disk, then renamed. An existing file stays until then.
/// </summary>
internal static class WholeFile
{
    /// <summary>Writes bytes.</summary>
    /// <param name="path">File to write.</param>
    /// <param name="write">Writes its content.</param>
    /// <exception cref="OutputException">The folder or the disk does not accept the file; the temporary file is removed.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        var aside = $"{full}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = Open(full, aside))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            Place(full, aside);
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
            Directory.CreateDirectory(full);
            File.WriteAllBytes(probe, []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputException.For(full, e);
        }
        finally
        {
            Remove(probe);
        }
    }

    private static FileStream Open(string full, string aside)
    {
        try
        {
            return new FileStream(aside, FileMode.CreateNew);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputException.For(full, e);
        }
    }

    private static void Place(string full, string aside)
    {
        try
        {
            File.Move(aside, full, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputException.For(full, e);
        }
    }

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
