// "<program.dll> <arguments>" runs the program in its own load context: the one that .NET's documentation recommends for plugin hosts,
// except that it leaves libraries that cannot be loaded as they are to other resolvers.
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
