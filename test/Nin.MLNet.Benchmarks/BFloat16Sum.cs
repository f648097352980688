using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// A sum over all ranks in bfloat16, which takes half the bytes of float32. MPI has no such type: the numbers are cast, added by our own
/// function, and cast back. This measures what it would gain; the trainer sums in float32.
/// </summary>
internal sealed unsafe class BFloat16Sum
{
    private readonly MpiLibrary mpi = MpiLibrary.Load();
    private readonly nint type, operation;
    private ushort[] halves = [];

    public BFloat16Sum()
    {
        type = mpi.Address("ompi_mpi_int16_t");
        nint made;
        var create = (delegate* unmanaged<delegate* unmanaged<ushort*, ushort*, int*, nint*, void>, int, nint*, int>)
            mpi.Address("MPI_Op_create");
        MpiLibrary.Check(create(&Add, 1, &made), "MPI_Op_create");
        operation = made;
    }

    /// <summary>Replaces each value with its sum over all ranks, rounded to bfloat16 after every addition.</summary>
    public void Sum(Span<float> values)
    {
        if (halves.Length != values.Length)
            halves = new ushort[values.Length];
        Round(values, halves);
        fixed (ushort* place = halves)
        {
            MpiLibrary.Check(
                mpi.Allreduce(MpiLibrary.InPlace, (nint)place, halves.Length, type, operation, mpi.World), "MPI_Allreduce");
        }

        Widen(halves, values);
    }

    [UnmanagedCallersOnly]
    private static void Add(ushort* from, ushort* into, int* count, nint* ofType)
    {
        var theirs = new ReadOnlySpan<ushort>(from, *count);
        var ours = new Span<ushort>(into, *count);
        var i = 0;
        for (; i <= ours.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(theirs[i..]), out var low, out var high);
            Vector.Widen(new Vector<ushort>(ours[i..]), out var ownLow, out var ownHigh);
            Vector.Narrow(Round(Floats(low) + Floats(ownLow)), Round(Floats(high) + Floats(ownHigh))).CopyTo(ours[i..]);
        }

        for (; i < ours.Length; i++)
            ours[i] = Round(Float(theirs[i]) + Float(ours[i]));
    }

    private static void Round(ReadOnlySpan<float> from, Span<ushort> to)
    {
        var i = 0;
        for (; i <= to.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            Vector.Narrow(Round(new Vector<float>(from[i..])), Round(new Vector<float>(from[(i + Vector<float>.Count)..]))).CopyTo(to[i..]);
        for (; i < to.Length; i++)
            to[i] = Round(from[i]);
    }

    private static void Widen(ReadOnlySpan<ushort> from, Span<float> to)
    {
        var i = 0;
        for (; i <= from.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(from[i..]), out var low, out var high);
            Floats(low).CopyTo(to[i..]);
            Floats(high).CopyTo(to[(i + Vector<float>.Count)..]);
        }

        for (; i < from.Length; i++)
            to[i] = Float(from[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Floats(Vector<uint> halves) => Vector.AsVectorSingle(halves << 16);

    /// <summary>Rounds to nearest, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Round(Vector<float> values)
    {
        var bits = Vector.AsVectorUInt32(values);
        return (bits + new Vector<uint>(0x7FFF) + ((bits >> 16) & Vector<uint>.One)) >> 16;
    }

    private static float Float(ushort half) => BitConverter.UInt32BitsToSingle((uint)half << 16);

    private static ushort Round(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
