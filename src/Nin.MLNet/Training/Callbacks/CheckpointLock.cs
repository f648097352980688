namespace Nin.MLNet.Training.Callbacks;

/// <summary>
/// Keeps a checkpoint's path for one training: two would write over each other's states in turn. The system drops the lock of a killed
/// process, so the file that it leaves beside the checkpoint blocks nobody.
/// </summary>
internal sealed class CheckpointLock : IDisposable
{
    /// <summary>What a lock that another holds is told by: EWOULDBLOCK of Linux and of macOS, and Windows' sharing violation.</summary>
    private static readonly int[] IsHeld = [11, 35, unchecked((int)0x80070020)];

    private readonly string? path;
    private readonly FileStream? file;

    /// <param name="checkpoint">Path of the checkpoint; null: nothing is to be kept.</param>
    /// <exception cref="IOException">Another training has it.</exception>
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
            // Where no lock can be written, no checkpoint can: the training says so when it tries.
        }
    }

    public void Dispose()
    {
        if (file is null)
            return;
        // While it is held: nobody else can have come to hold the file that goes.
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
            // Windows deletes no open file; the folder may be gone. An empty file stays, which blocks nobody.
        }
    }
}
