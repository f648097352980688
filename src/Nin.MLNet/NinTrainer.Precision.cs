namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>The number format of the network's arithmetic. Weights, softmax and loss are always 32-bit floats.</summary>
    public enum Precision
    {
        /// <summary>
        /// bfloat16 where the processor multiplies it faster than float32 (amx_bf16; AMD's avx512_bf16) and on every GPU, else float32.
        /// Small images scored one at a time are faster in float32 on AMD processors (<see cref="NinTransformer.ScoringPrecision"/>).
        /// </summary>
        Auto,

        /// <summary>
        /// 32-bit floats. A GPU's convolutions use TF32, with ten bits of mantissa, unless <c>torch.backends.cudnn.allow_tf32</c> is
        /// false.
        /// </summary>
        Float32,

        /// <summary>bfloat16 activations and working weights; slow where the hardware lacks it.</summary>
        BFloat16,
    }
}
