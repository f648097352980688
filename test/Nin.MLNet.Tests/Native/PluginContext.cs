using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Nin.MLNet.Tests.Native;

/// <summary>The load context that .NET's documentation shows to plugin hosts: a plugin gets its own copy of all beside it.</summary>
/// <param name="plugin">The plugin's main assembly.</param>
/// <param name="isCollectible">Whether the context may be unloaded.</param>
/// <param name="throws">Whether a library that cannot be loaded throws, as documented, or is left to other contexts.</param>
internal sealed class PluginContext(string plugin, bool isCollectible, bool throws) : AssemblyLoadContext("plugin", isCollectible)
{
    private readonly AssemblyDependencyResolver _resolver = new(plugin);

    public string? PathOf(string library) => _resolver.ResolveUnmanagedDllToPath(library);

    protected override Assembly? Load(AssemblyName assemblyName) =>
        _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        if (PathOf(unmanagedDllName) is not { } path)
            return 0;
        if (throws)
            return LoadUnmanagedDllFromPath(path);
        return NativeLibrary.TryLoad(path, out var handle) ? handle : 0;
    }
}
