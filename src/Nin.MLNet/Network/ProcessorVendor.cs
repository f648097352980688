using System.Runtime.Intrinsics.X86;

namespace Nin.MLNet.Network;

/// <summary>Who made the processor: the same instructions run at different speeds.</summary>
internal static class ProcessorVendor
{
    /// <summary>The vendor is "GenuineIntel"; EBX holds its first four letters.</summary>
    public static bool IsIntel { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx == 0x756E6547;
}
