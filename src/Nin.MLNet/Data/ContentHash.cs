using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Nin.MLNet.Training;

namespace Nin.MLNet.Data;

/// <summary>
/// Identifies a set of examples by what a training sees of it: shape, number of classes, and each example's pixels, class, weight and
/// row. The hashes of the examples are summed, so that the same set has the same hash however it is divided among ranks.
/// </summary>
internal sealed class ContentHash : IDisposable
{
    private const int ExampleHeader = 20, SetHeader = 16;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] set = new byte[SetHeader], example = new byte[ExampleHeader], digest = new byte[SHA256.HashSizeInBytes];

    /// <summary>The sum of the examples' hashes, in lanes of 64 bits.</summary>
    private ulong[] sums = new ulong[SHA256.HashSizeInBytes / sizeof(ulong)];

    public ContentHash(NinImageShape shape, int classes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(set, shape.Channels);
        BinaryPrimitives.WriteInt32LittleEndian(set.AsSpan(4), shape.Height);
        BinaryPrimitives.WriteInt32LittleEndian(set.AsSpan(8), shape.Width);
        BinaryPrimitives.WriteInt32LittleEndian(set.AsSpan(12), classes);
    }

    /// <param name="row">Number of the example's row in the data, from 0.</param>
    /// <param name="pixels">The image as bytes or floats; the length tells which.</param>
    /// <param name="index">Its class, from 0.</param>
    /// <param name="weight">Its weight.</param>
    public void Add(long row, ReadOnlySpan<byte> pixels, int index, float weight)
    {
        BinaryPrimitives.WriteInt64LittleEndian(example, row);
        BinaryPrimitives.WriteInt32LittleEndian(example.AsSpan(8), pixels.Length);
        BinaryPrimitives.WriteInt32LittleEndian(example.AsSpan(12), index);
        BinaryPrimitives.WriteSingleLittleEndian(example.AsSpan(16), weight);
        hash.AppendData(example);
        hash.AppendData(pixels);
        hash.GetHashAndReset(digest);
        AddUp(MemoryMarshal.Cast<byte, ulong>(digest));
    }

    /// <summary>Adds the other ranks' sums.</summary>
    public void Share(Replicas replicas)
    {
        var all = replicas.Join(sums);
        sums = new ulong[sums.Length];
        for (var rank = 0; rank < replicas.Count; rank++)
            AddUp(all.AsSpan(rank * sums.Length, sums.Length));
    }

    /// <summary>64 hexadecimal digits.</summary>
    public string ToHex()
    {
        hash.AppendData(set);
        hash.AppendData(MemoryMarshal.AsBytes(sums.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose() => hash.Dispose();

    private void AddUp(ReadOnlySpan<ulong> lanes)
    {
        for (var i = 0; i < sums.Length; i++)
            sums[i] += lanes[i];
    }
}
