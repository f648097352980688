using Microsoft.ML.Runtime;
using Nin.MLNet.Native;
using static TorchSharp.torch;

namespace Nin.MLNet.Hosting;

/// <summary>What the MLContext decides if the options leave it open: device and seed.</summary>
internal static class HostChoices
{
    /// <summary>The book's try_gpu: the requested device, else a GPU if there is one, else the CPU.</summary>
    /// <exception cref="ArgumentException">The device is unknown, or it is missing and the context forbids a fallback.</exception>
    public static Device DeviceFor(IHostEnvironment env, string? asked)
    {
        NativeTorch.EnsureLoaded();
        if (asked is not null)
            return Parse(asked, "Options.Device");
        var context = env as IHostEnvironmentInternal;
        var available = cuda.is_available();
        var wanted = context?.GpuDeviceId;
        if (available && wanted is null or 0)
            return CUDA;
        if (available && wanted < cuda.device_count())
            return new Device(TorchSharp.DeviceType.CUDA, wanted.Value);
        if (wanted is not null && context is { FallbackToCpu: false })
            throw Refusal.Option("GpuDeviceId",
                $"MLContext.GpuDeviceId is {wanted} and FallbackToCpu is false, but {cuda.device_count()} CUDA device(s) were found. " +
                "Reference TorchSharp-cuda-linux or TorchSharp-cuda-windows, or allow the CPU.");
        return CPU;
    }

    /// <summary>The MLContext's seed; null if nobody asked for one.</summary>
    public static int? SeedOf(IHostEnvironment env) => (env as IHostEnvironmentInternal)?.Seed;

    /// <param name="asked">"cpu", "cuda" or "cuda:" and a number.</param>
    /// <param name="name">Name of the option or property, for messages.</param>
    /// <exception cref="ArgumentException">The device is unknown or missing.</exception>
    public static Device Parse(string asked, string name)
    {
        var parts = asked.Split(':');
        var index = 0;
        var known = parts[0] is "cpu" or "cuda" && parts.Length <= 2 && (parts.Length == 1 || int.TryParse(parts[1], out index));
        if (!known)
            throw Refusal.Option(name, $"{name} is \"{asked}\": it must be \"cpu\", \"cuda\" or \"cuda:\" and a number.");
        if (parts[0] == "cpu")
            return CPU;
        if (!cuda.is_available() || index >= cuda.device_count())
            throw Refusal.Option(name,
                $"{name} is \"{asked}\", but {(cuda.is_available() ? cuda.device_count() : 0)} CUDA device(s) were found. " +
                "Reference TorchSharp-cuda-linux or TorchSharp-cuda-windows instead of libtorch-cpu, or set it to \"cpu\".");
        return new Device(TorchSharp.DeviceType.CUDA, index);
    }
}
