using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Nin.MLNet.Native;

/// <summary>
/// Loads a library that exists only in memory. On Linux this needs no file: nobody else can replace it, no copy is left behind, and a
/// read-only home or a /tmp that forbids executables does no harm. Only if the kernel refuses is the library written to a file, in a new
/// folder of this user alone, and removed as soon as it is loaded.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static partial class PatchedLibrary
{
    private const uint CloseOnExec = 1;

    /// <exception cref="DllNotFoundException">
    /// It can be loaded neither from memory nor from a file; the message says what to do.
    /// </exception>
    public static nint Load(ReadOnlySpan<byte> image, string name)
    {
        List<string> failures = [];
        if (TryLoadFromMemory(image, name, failures) is { } handle)
            return handle;
        string[] parents =
        [
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            Path.GetTempPath(),
        ];
        foreach (var parent in parents.Where(parent => parent.Length > 0))
        {
            if (TryLoadFromFile(image, name, parent, failures) is { } loaded)
                return loaded;
        }

        throw new DllNotFoundException(
            $"{name} needs a patched copy on this system, whose libstdc++ is older than GCC 13's, and no place was found to load it " +
            $"from: " +
            $"{string.Join("; ", failures)}. Set TMPDIR to a folder that this user can write to, on a file system that is not mounted " +
            "noexec, or install a newer libstdc++.");
    }

    /// <summary>Null if it cannot be loaded; then the reason is added.</summary>
    internal static nint? TryLoadFromMemory(ReadOnlySpan<byte> image, string name, List<string> failures)
    {
        try
        {
            var descriptor = CreateMemoryFile(name, CloseOnExec);
            if (descriptor < 0)
                throw new Win32Exception();
            // Never closed: the loader knows libraries by their path, and would take the next descriptor with that number for this library.
            using (var file = new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write))
                file.Write(image);
            return NativeLibrary.Load(FormattableString.Invariant($"/proc/self/fd/{descriptor}"));
        }
        catch (Exception e) when (e is IOException or Win32Exception or DllNotFoundException or EntryPointNotFoundException)
        {
            failures.Add($"from memory ({e.Message})");
            return null;
        }
    }

    /// <summary>Null if it cannot be loaded; then the reason is added. Either way, nothing stays in the folder.</summary>
    internal static nint? TryLoadFromFile(ReadOnlySpan<byte> image, string name, string parent, List<string> failures)
    {
        var folder = Path.Combine(parent, $"nin-mlnet-{Guid.NewGuid():N}");
        try
        {
            // The name is new, so this process has created the folder, and nobody else may enter it.
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var file = Path.Combine(folder, name);
            File.WriteAllBytes(file, image);
            return NativeLibrary.Load(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException)
        {
            failures.Add($"in {parent} ({e.Message})");
            return null;
        }
        finally
        {
            TryRemove(folder);
        }
    }

    private static void TryRemove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It was never created.
        }
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateMemoryFile(string name, uint flags);
}
