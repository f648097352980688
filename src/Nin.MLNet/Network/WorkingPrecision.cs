using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>Chooses the number format of the arithmetic.</summary>
internal static class WorkingPrecision
{
    private static readonly bool ProcessorIsFasterInBFloat16 = MultipliesBFloat16Faster();

    public static ScalarType Resolve(NinTrainer.Precision precision, Device device) => precision switch
    {
        NinTrainer.Precision.Float32 => ScalarType.Float32,
        NinTrainer.Precision.BFloat16 => ScalarType.BFloat16,
        _ => device.type == DeviceType.CUDA || ProcessorIsFasterInBFloat16 ? ScalarType.BFloat16 : ScalarType.Float32,
    };

    /// <summary>
    /// avx512_bf16 (CPUID leaf 7.1, EAX bit 5) or amx_bf16 (leaf 7.0, EDX bit 22), with AVX-512 enabled by the system. Intel's avx512_bf16
    /// alone (as under a hypervisor that hides amx_bf16) multiplies no faster than float32, and the casts cost extra.
    /// </summary>
    private static bool MultipliesBFloat16Faster()
    {
        if (!X86Base.IsSupported || !Avx512F.IsSupported)
            return false;
        var hasTiles = (X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0;
        return hasTiles || (!ProcessorVendor.IsIntel && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0);
    }
}
