using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Persistence;

/// <summary>
/// The model entry of the zip: magic, version, a JSON description, the weights as safetensors and the label values, each with its length;
/// then a SHA-256 hash of all of it. Nothing else of a model zip is checked when it is read: ZipArchive ignores its CRCs.
/// </summary>
internal static class ModelEntry
{
    /// <summary>
    /// Version 4 added the hash and moved the label values in; version 3 added the temperature and images as features; version 2 has none
    /// of these.
    /// </summary>
    private const int Version = 4, FirstHashed = 4, Oldest = 2;
    private const int Piece = 1 << 20;
    private static readonly byte[] Magic = "NINMODEL"u8.ToArray();

    /// <param name="stream">Receives the entry.</param>
    /// <param name="description">All except weights and label values.</param>
    /// <param name="network">The weights.</param>
    /// <param name="classes">The label values.</param>
    public static void Write(Stream stream, ModelDescription description, NinNetwork network, ReadOnlySpan<byte> classes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Put(ReadOnlySpan<byte> bytes)
        {
            stream.Write(bytes);
            hash.AppendData(bytes);
        }

        void PutPart(ReadOnlySpan<byte> part)
        {
            Put(BitConverter.GetBytes(part.Length));
            Put(part);
        }

        Put(Magic);
        Put(BitConverter.GetBytes(Version));
        PutPart(JsonSerializer.SerializeToUtf8Bytes(description, ModelJson.Default.ModelDescription));
        using var weights = new MemoryStream();
        SafeTensors.Write(weights, network);
        PutPart(weights.GetBuffer().AsSpan(0, (int)weights.Length));
        PutPart(classes);
        stream.Write(hash.GetHashAndReset());
    }

    /// <exception cref="InvalidDataException">Cut short, changed, not a model entry, or written by code of another version.</exception>
    public static ModelContent Read(Stream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var magic = new byte[Magic.Length];
        var length = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        if (!magic.SequenceEqual(Magic))
            throw new InvalidDataException(
                $"The model entry starts with \"{Encoding.ASCII.GetString(magic, 0, length)}\": expected " +
                $"\"{Encoding.ASCII.GetString(Magic)}\". The zip is damaged or no Nin.MLNet model.");
        hash.AppendData(magic);
        var version = BitConverter.ToInt32(Exactly(stream, sizeof(int), "version", hash));
        if (version is < Oldest or > Version)
            throw new InvalidDataException(
                $"The model entry is of version {version}; this Nin.MLNet reads versions {Oldest} to {Version}. " +
                $"{(version > Version ? "Update the Nin.MLNet package." : "Train the model again.")}");
        var (json, weights) = (ReadPart(stream, "description", hash), ReadPart(stream, "weights", hash));
        byte[]? classes = null;
        if (version >= FirstHashed)
        {
            classes = ReadPart(stream, "label values", hash);
            var expected = hash.GetHashAndReset();
            if (!Exactly(stream, expected.Length, "hash", hash).SequenceEqual(expected))
                throw new InvalidDataException(
                    "The model entry is damaged: its hash is not that of its content. Get a whole copy of the model zip.");
        }

        return Parse(json, weights, classes);
    }

    private static ModelContent Parse(byte[] json, byte[] weights, byte[]? classes)
    {
        ModelDescription? description;
        try
        {
            description = JsonSerializer.Deserialize(json, ModelJson.Default.ModelDescription);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"The model entry's description is damaged: {e.Message}", e);
        }

        DescriptionCheck.Check(description, weights.Length);
        var network = new NinNetwork(description!.Architecture, CPU);
        try
        {
            SafeTensors.ReadInto(new MemoryStream(weights), "The model entry's weights", network);
            return new ModelContent(description, network, classes);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static byte[] ReadPart(Stream stream, string name, IncrementalHash hash)
    {
        var length = BitConverter.ToInt32(Exactly(stream, sizeof(int), $"length of the {name}", hash));
        return length < 0
            ? throw new InvalidDataException($"The model entry is damaged: its {name} has a length of {length}.")
            : Exactly(stream, length, name, hash);
    }

    private static byte[] Exactly(Stream stream, int length, string name, IncrementalHash hash)
    {
        // Read piece by piece, so that a false length does not take up memory.
        using var bytes = new MemoryStream();
        var piece = new byte[Math.Min(Piece, length)];
        while (bytes.Length < length && stream.Read(piece, 0, (int)Math.Min(Piece, length - bytes.Length)) is > 0 and var read)
            bytes.Write(piece, 0, read);
        if (bytes.Length < length)
            throw new InvalidDataException(
                FormattableString.Invariant(
                    $"The model entry is cut short: expected {length:N0} bytes of {name}, found {bytes.Length:N0}. ") +
                "Get a whole copy of the model zip.");
        var whole = bytes.ToArray();
        hash.AppendData(whole);
        return whole;
    }
}
