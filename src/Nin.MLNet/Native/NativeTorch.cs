using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;

namespace Nin.MLNet.Native;

/// <summary>
/// Loads libtorch, once, before anything touches a tensor. Everything in this assembly that is about to use TorchSharp calls
/// <see cref="EnsureLoaded"/> first.
/// </summary>
internal static class NativeTorch
{
    private const string TorchSharpLibrary = "LibTorchSharp";
    private static readonly Lazy<DllNotFoundException?> Loaded = new(Load);

    /// <exception cref="DllNotFoundException">
    /// libtorch is missing or is not for this platform, or a plugin's load context is in the way; the message says what to do.
    /// </exception>
    public static void EnsureLoaded()
    {
        if (Loaded.Value is { } failure)
            throw new DllNotFoundException(failure.Message, failure.InnerException);
    }

    /// <summary>Runs before any other code of this assembly: a program may use TorchSharp itself before it trains.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Only adds a handler; nothing is loaded before it is needed.")]
    internal static void HookLoader() =>
        // A plugin's TorchSharp asks the plugin's own context.
        AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly)!.ResolvingUnmanagedDll += ResolveTorchSharp;

    private static DllNotFoundException? Load()
    {
        try
        {
            NativeAllocator.PrepareProcess();
            if (PluginLoading.FaultOf(typeof(torch).Assembly, TorchSharpLibrary) is { } fault)
                return fault;
            torch.TryInitializeDeviceType(DeviceType.CPU);
            LimitThreads();
            // Before anything can change it.
            _ = ThreadCount.Default;
            return null;
        }
        catch (Exception e) when (
            e is DllNotFoundException or NotSupportedException or TypeInitializationException or BadImageFormatException)
        {
            return new DllNotFoundException(
                "libtorch could not be loaded. Reference one of the packages libtorch-cpu-linux-x64, libtorch-cpu-win-x64, " +
                "libtorch-cpu-osx-arm64 (version 2.10.0) or TorchSharp-cuda-linux / TorchSharp-cuda-windows (0.107.0) " +
                $"in the project of the program that runs. What the loader said: {e.Message}", e);
        }
    }

    /// <summary>
    /// libtorch takes one thread for each physical core of the machine and ignores a container's CPU share, which .NET's count respects.
    /// With more threads than that, they would wait for one another at every layer. OMP_NUM_THREADS takes precedence.
    /// </summary>
    private static void LimitThreads()
    {
        if (torch.get_num_threads() > Environment.ProcessorCount && Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is null)
            torch.set_num_threads(Environment.ProcessorCount);
    }

    /// <summary>
    /// Used only if the plain load has failed. On systems whose libstdc++ is older than GCC 13's (Debian 12, Ubuntu 22.04, RHEL 9) the
    /// reason is a missing version tag, which a patched copy does without (<see cref="WeakVersionNeed"/>).
    /// </summary>
    private static nint ResolveTorchSharp(Assembly assembly, string name)
    {
        if (!OperatingSystem.IsLinux() || name != TorchSharpLibrary || FindOriginal() is not { } original)
            return 0;

        // Its dependencies must be loaded first: the copy is in a different folder.
        NativeLibrary.TryLoad("torch", typeof(torch).Assembly, null, out _);
        return NativeLibrary.TryLoad(original, out var handle)
            ? handle
            : PatchedLibrary.Load(WeakVersionNeed.PatchedCopyOf(original), name);
    }

    private static string? FindOriginal()
    {
        const string file = $"lib{TorchSharpLibrary}.so";
        var probing = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        // A plugin's copy is beside its TorchSharp, not beside the program.
        // An assembly in a single file has no folder. An empty path would be the current one, where anything may lie.
        string[] folders = [AppContext.BaseDirectory, Path.GetDirectoryName(typeof(torch).Assembly.Location) ?? ""];
        var beside = folders.Where(folder => folder.Length > 0).ToArray();
        string[] platforms = [RuntimeInformation.RuntimeIdentifier, "linux-x64"];
        return probing
            .Concat(beside)
            .Concat(beside.SelectMany(folder => platforms.Select(platform => Path.Combine(folder, "runtimes", platform, "native"))))
            .Select(folder => Path.Combine(folder, file))
            .FirstOrDefault(File.Exists);
    }
}
