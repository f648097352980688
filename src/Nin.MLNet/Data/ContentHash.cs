using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Nin.MLNet.Data;

/// <summary>
/// Tells sets of examples apart by what a training sees of them: shape, number of classes, and each example's
/// pixels, class and weight, in order.
/// </summary>
internal sealed class ContentHash : IDisposable
{
    private const int ExampleHeader = 12, SetHeader = 16;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] header = new byte[SetHeader];

    public ContentHash(NinImageShape shape, int classes)
    {
        Write(0, shape.Channels);
        Write(4, shape.Height);
        Write(8, shape.Width);
        Write(12, classes);
        hash.AppendData(header);
    }

    /// <param name="pixels">The image as bytes or floats; the length tells which.</param>
    /// <param name="index">Its class, from 0.</param>
    /// <param name="weight">Its weight.</param>
    public void Add(ReadOnlySpan<byte> pixels, int index, float weight)
    {
        Write(0, pixels.Length);
        Write(4, index);
        Write(8, BitConverter.SingleToInt32Bits(weight));
        hash.AppendData(header.AsSpan(0, ExampleHeader));
        hash.AppendData(pixels);
    }

    /// <summary>64 hexadecimal digits.</summary>
    public string ToHex() => Convert.ToHexStringLower(hash.GetCurrentHash());

    public void Dispose() => hash.Dispose();

    private void Write(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(at), value);
}
