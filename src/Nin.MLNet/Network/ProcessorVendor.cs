using System.Runtime.Intrinsics.X86;

namespace Nin.MLNet.Network;

/// <summary>Who made the processor: the same instructions differ in speed.</summary>
internal static class ProcessorVendor
{
    /// <summary>The vendor is "GenuineIntel", of which EBX has the first four letters.</summary>
    public static bool IsIntel { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx == 0x756E6547;
}
