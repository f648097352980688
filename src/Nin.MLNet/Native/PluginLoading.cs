using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Nin.MLNet.Native;

/// <summary>
/// A plugin's load context is asked for a library first. If it throws for a library that the system cannot load, as the context in .NET's
/// documentation does, no handler is called and the patched copy cannot be used. TorchSharp, left to itself, would then copy all of
/// libtorch beside the plugin and blame a missing package.
/// </summary>
internal static class PluginLoading
{
    /// <summary>What is wrong with the context; null if nothing is, or if it is a program's own.</summary>
    /// <param name="importer">The assembly that imports from the library.</param>
    /// <param name="library">The library's name.</param>
    public static DllNotFoundException? FaultOf(Assembly importer, string library)
    {
        if (AssemblyLoadContext.GetLoadContext(importer) is not { } context || context == AssemblyLoadContext.Default)
            return null;
        try
        {
            // If this returns false, TorchSharp says what is missing.
            _ = NativeLibrary.TryLoad(library, importer, null, out _);
            return null;
        }
        catch (DllNotFoundException e)
        {
            return new DllNotFoundException(
                $"The load context '{context.Name}' throws for {library}. Let its LoadUnmanagedDll end with \"return " +
                "NativeLibrary.TryLoad(path, out var handle) ? handle : IntPtr.Zero;\" instead of LoadUnmanagedDllFromPath(path): then " +
                $"Nin.MLNet can load a copy that suits this system. {e.Message}", e);
        }
    }
}
