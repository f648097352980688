using System.Runtime.InteropServices;

namespace Nin.MLNet.Native;

/// <summary>
/// Keeps glibc from returning every large activation to the system and faulting it in again in the next step, which can cost more than the
/// arithmetic. Off with the environment variable NIN_NATIVE_ALLOCATOR=off, and on systems without glibc.
/// </summary>
internal static unsafe partial class NativeAllocator
{
    private const int TrimThreshold = -1, MmapThreshold = -3, MmapMax = -4;
    private const nuint NotMainArena = 4;
    private static readonly bool Active = Environment.GetEnvironmentVariable("NIN_NATIVE_ALLOCATOR") != "off" && IsGlibc();

    /// <summary>Large blocks come from the heap and stay there until <see cref="ReleaseUnused"/>.</summary>
    public static void PrepareProcess()
    {
        if (!Active)
            return;
        // Before 2.35 glibc refuses thresholds above 32 MB; in that case no block gets a mapping of its own.
        if (mallopt(MmapThreshold, 1 << 30) == 0)
            _ = mallopt(MmapMax, 0);
        _ = mallopt(TrimThreshold, int.MaxValue);
    }

    /// <summary>Returns free heap memory to the system.</summary>
    public static void ReleaseUnused()
    {
        if (Active)
            _ = malloc_trim(0);
    }

    /// <summary>
    /// Starts a thread that can keep large blocks. Only glibc's main arena can hold blocks over 64 MB. Threads are assigned to arenas in
    /// turn, at their first allocation, so threads are started until one gets the main arena. The others end.
    /// </summary>
    /// <param name="work">What the thread does until the process ends.</param>
    /// <param name="stackBytes">Size of its stack.</param>
    /// <exception cref="OutOfMemoryException">The system allows the process no further thread.</exception>
    public static void StartThread(Action work, int stackBytes)
    {
        if (!Active)
        {
            Start(work, stackBytes);
            return;
        }

        // There are at most eight arenas per core. Threads that got another arena wait, so that theirs is not handed out again.
        using var over = new ManualResetEventSlim();
        var (waiting, isStarted) = (new List<Thread>(), false);
        try
        {
            isStarted = TryStart(work, stackBytes, over, waiting);
        }
        catch (OutOfMemoryException) when (waiting.Count > 0)
        {
            // They were too many: one thread without the main arena is better than none.
        }
        finally
        {
            over.Set();
            waiting.ForEach(thread => thread.Join());
        }

        if (!isStarted)
            Start(work, stackBytes);
    }

    /// <summary>Starts threads until one is placed in the main arena; the others wait.</summary>
    private static bool TryStart(Action work, int stackBytes, ManualResetEventSlim over, List<Thread> waiting)
    {
        for (var attempt = Math.Max(64, Environment.ProcessorCount * 16); attempt > 0; attempt--)
        {
            using var placed = new ManualResetEventSlim();
            var isPlaced = false;
            var thread = Start(
                () =>
                {
                    isPlaced = OnMainArena();
                    placed.Set();
                    if (isPlaced)
                        work();
                    else
                        over.Wait();
                },
                stackBytes);
            placed.Wait();
            if (isPlaced)
                return true;
            waiting.Add(thread);
        }

        return false;
    }

    private static Thread Start(Action work, int stackBytes)
    {
        var thread = new Thread(() => work(), stackBytes) { IsBackground = true, Name = "Nin.MLNet" };
        thread.Start();
        return thread;
    }

    /// <summary>Whether the calling thread can keep large blocks of memory.</summary>
    public static bool KeepsLargeBlocks() => !Active || OnMainArena();

    /// <summary>glibc stores a block's size in front of it; the third bit says that the block is not from the main arena.</summary>
    private static bool OnMainArena()
    {
        // Larger than what the thread's own cache of freed blocks holds, so that it comes from the arena itself.
        var block = (nuint*)malloc(4096);
        var main = (block[-1] & NotMainArena) == 0;
        free(block);
        return main;
    }

    private static bool IsGlibc() =>
        OperatingSystem.IsLinux() && Environment.Is64BitProcess && NativeLibrary.TryLoad("libc.so.6", out var libc) &&
        NativeLibrary.TryGetExport(libc, "gnu_get_libc_version", out _);

    [LibraryImport("libc.so.6")]
    private static partial int mallopt(int parameter, int value);

    [LibraryImport("libc.so.6")]
    private static partial int malloc_trim(nuint pad);

    [LibraryImport("libc.so.6")]
    private static partial void* malloc(nuint size);

    [LibraryImport("libc.so.6")]
    private static partial void free(void* block);
}
