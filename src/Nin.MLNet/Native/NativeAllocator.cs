using System.Runtime.InteropServices;

namespace Nin.MLNet.Native;

/// <summary>
/// Keeps glibc from returning every large activation to the system and faulting it in again at the next step, which costs up to
/// seven times the arithmetic. Off with the environment variable NIN_NATIVE_ALLOCATOR=off, and wherever glibc is not.
/// </summary>
internal static unsafe partial class NativeAllocator
{
    private const int TrimThreshold = -1, MmapThreshold = -3, ArenaMax = -8;
    private const nuint NotMainArena = 4;
    private static readonly bool Active = Environment.GetEnvironmentVariable("NIN_NATIVE_ALLOCATOR") != "off" && IsGlibc();

    /// <summary>Big blocks come from the heap and stay there until <see cref="ReleaseUnused"/>.</summary>
    public static void PrepareProcess()
    {
        if (!Active)
            return;
        _ = mallopt(MmapThreshold, 1 << 30);
        _ = mallopt(TrimThreshold, int.MaxValue);
        _ = mallopt(ArenaMax, 1);
    }

    /// <summary>Gives free heap back to the system.</summary>
    public static void ReleaseUnused()
    {
        if (Active)
            _ = malloc_trim(0);
    }

    /// <summary>
    /// Runs <paramref name="work"/> where large blocks can be kept. Only glibc's main arena can hold blocks over 64 MB; a thread is
    /// tied to an arena at its first allocation, so on a thread of another arena (the pool's, a test runner's) a thread of the
    /// main arena is found and lent.
    /// </summary>
    public static T Run<T>(Func<T> work)
    {
        if (!Active || OnMainArena())
            return work();

        // Threads are handed the existing arenas in turn, at most eight for each core.
        var attempts = Math.Max(64, Environment.ProcessorCount * 16);
        for (var attempt = 1; ; attempt++)
        {
            var ran = false;
            T result = default!;
            System.Runtime.ExceptionServices.ExceptionDispatchInfo? failure = null;
            var last = attempt == attempts;
            var thread = new Thread(() =>
            {
                if (!last && !OnMainArena())
                    return;
                ran = true;
                try
                {
                    result = work();
                }
                catch (Exception e)
                {
                    failure = System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(e);
                }
            }, 16 << 20)
            { IsBackground = true, Name = "Nin.MLNet" };
            thread.Start();
            thread.Join();
            failure?.Throw();
            if (ran)
                return result;
        }
    }

    /// <summary>A block of glibc's is preceded by its size, whose third bit says that it is not from the main arena.</summary>
    private static bool OnMainArena()
    {
        // Larger than what the thread's own cache of freed blocks keeps, so that it comes from the arena itself.
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
