namespace Nin.MLNet.Training.Callbacks;

/// <summary>
/// Reserves a checkpoint's path for one training, because two would keep overwriting each other's state. The system releases the lock of a
/// killed process, so the file that it leaves beside the checkpoint blocks nobody.
/// </summary>
internal sealed class CheckpointLock : IDisposable
{
    /// <summary>Error codes for a lock that is held elsewhere: EWOULDBLOCK on Linux and on macOS, and Windows' sharing violation.</summary>
    private static readonly int[] IsHeld = [11, 35, unchecked((int)0x80070020)];

    private readonly string? path;
    private readonly FileStream? file;

    /// <param name="checkpoint">Path of the checkpoint; null: there is nothing to lock.</param>
    /// <exception cref="IOException">Another training holds the lock.</exception>
    public CheckpointLock(string? checkpoint)
    {
        if (checkpoint is null)
            return;
        path = checkpoint + ".lock";
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (IsHeld.Contains(e.HResult))
        {
            throw new IOException(
                $"Checkpoint '{checkpoint}' is in use by another training: wait for it, or set Options.CheckpointPath to another file.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // If no lock can be written, no checkpoint can be either: the training reports that when it tries.
        }
    }

    public void Dispose()
    {
        if (file is null)
            return;
        // Delete it while it is locked, so that nobody else can hold a lock on the deleted file.
        TryDelete();
        file.Dispose();
    }

    private void TryDelete()
    {
        try
        {
            File.Delete(path!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Windows does not delete open files, and the folder may be gone. The empty file that stays blocks nobody.
        }
    }
}
