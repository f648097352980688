using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Nin.MLNet.Data;

/// <summary>
/// A temporary file of pixels: written once from front to back, then read at any position. It is deleted when disposed, and also when
/// the process dies.
/// </summary>
internal sealed class PixelFile : IDisposable
{
    private const int BufferSize = 1 << 20;
    private readonly string folder;
    private readonly long? expected;
    private readonly SafeFileHandle handle;
    private readonly byte[] buffer = new byte[BufferSize];
    private long written;
    private int pending;

    /// <param name="folder">Where to make the file.</param>
    /// <param name="expected">Expected size in bytes; null: unknown.</param>
    /// <exception cref="IOException">The file cannot be created there.</exception>
    public PixelFile(string folder, long? expected)
    {
        (this.folder, this.expected) = (folder, expected);
        try
        {
            handle = Create();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed(error);
        }
    }

    /// <summary>Writes to a file that is already open.</summary>
    internal PixelFile(string folder, long? expected, SafeFileHandle handle) =>
        (this.folder, this.expected, this.handle) = (folder, expected, handle);

    /// <summary>Bytes appended so far.</summary>
    public long Length => written + pending;

    /// <summary>Adds bytes at the end.</summary>
    /// <returns>Where the bytes begin.</returns>
    /// <exception cref="IOException">The disk is full, or writing failed otherwise.</exception>
    public long Append(ReadOnlySpan<byte> bytes)
    {
        var start = Length;
        if (bytes.Length > BufferSize - pending)
            Flush();
        if (bytes.Length > BufferSize)
        {
            Write(bytes);
        }
        else
        {
            bytes.CopyTo(buffer.AsSpan(pending));
            pending += bytes.Length;
        }

        return start;
    }

    /// <summary>Writes buffered bytes to the file. Reading sees only what was flushed.</summary>
    /// <exception cref="IOException">The disk is full, or writing failed otherwise.</exception>
    public void Flush()
    {
        Write(buffer.AsSpan(0, pending));
        pending = 0;
    }

    /// <summary>Fills <paramref name="target"/> with the bytes from <paramref name="start"/> on.</summary>
    /// <exception cref="IOException">Reading failed, or the file was truncated while it was in use.</exception>
    public void Read(long start, Span<byte> target)
    {
        while (target.Length > 0)
        {
            var count = RandomAccess.Read(handle, target, start);
            if (count == 0)
                throw new IOException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"The temporary file of images in '{folder}' ends at byte {start:N0} of {written:N0}: ") +
                    "it was cut off while it was in use. Train again, with Options.CacheDirectory set to another folder.");
            start += count;
            target = target[count..];
        }
    }

    public void Dispose() => handle.Dispose();

    private SafeFileHandle Create()
    {
        var path = Path.Combine(folder, $"nin-images-{Guid.NewGuid():N}.tmp");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
            Options = FileOptions.DeleteOnClose | FileOptions.RandomAccess,
        };
        if (OperatingSystem.IsWindows())
            return File.Open(path, options).SafeFileHandle;

        // Nobody else may read the images. Without a name, the file disappears with the process, however that ends.
        options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var opened = File.Open(path, options).SafeFileHandle;
        File.Delete(path);
        return opened;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(handle, bytes, written);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed(error);
        }

        written += bytes.Length;
    }

    private IOException Failed(Exception error)
    {
        var needed = expected is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"about {bytes:N0}") : "an unknown number of";
        return new IOException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"The images that do not fit Options.CacheBudget need {needed} bytes " +
                $"in a temporary file in '{folder}', which took {written:N0}: {error.Message} ")
            + "Set Options.CacheDirectory to a writable folder with enough space, or raise Options.CacheBudget.",
            error);
    }
}
