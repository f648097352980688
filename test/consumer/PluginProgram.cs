// "<program.dll> <arguments>" runs the program in a load context of its own: the one that .NET's documentation tells plugin hosts to write,
// but that it leaves libraries which cannot be loaded as they are to others.
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

var plugin = Path.GetFullPath(args[0]);
return (int)(new PluginContext(plugin).LoadFromAssemblyPath(plugin).EntryPoint!.Invoke(null, [args[1..]]) ?? 0);

internal sealed class PluginContext(string plugin) : AssemblyLoadContext("plugin")
{
    private readonly AssemblyDependencyResolver _resolver = new(plugin);

    protected override Assembly? Load(AssemblyName assemblyName) =>
        _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path && NativeLibrary.TryLoad(path, out var handle) ? handle : 0;
}
