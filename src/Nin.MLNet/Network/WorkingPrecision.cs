using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>Chooses the number format of the arithmetic.</summary>
internal static class WorkingPrecision
{
    public static ScalarType Resolve(NinTrainer.Precision precision, Device device) => precision switch
    {
        NinTrainer.Precision.Float32 => ScalarType.Float32,
        NinTrainer.Precision.BFloat16 => ScalarType.BFloat16,
        _ => device.type == DeviceType.CUDA || ProcessorMultipliesBFloat16() ? ScalarType.BFloat16 : ScalarType.Float32,
    };

    /// <summary>avx512_bf16 (CPUID leaf 7.1, EAX bit 5) or amx_bf16 (leaf 7.0, EDX bit 22), with AVX-512 enabled by the system.</summary>
    private static bool ProcessorMultipliesBFloat16()
    {
        if (!X86Base.IsSupported || !Avx512F.IsSupported)
            return false;
        return (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0 || (X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0;
    }
}
