using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nin.MLNet.Native;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>The form of a checkpoint on the disk: magic, a JSON header, one part for each owner of state, a hash over all of it.</summary>
internal sealed class CheckpointFile
{
    private static readonly byte[] Magic = "Nin.MLNet checkpoint 3\n"u8.ToArray();

    public required CheckpointHeader Header { get; init; }

    /// <summary>Each owner's state by its name.</summary>
    public required IReadOnlyDictionary<string, byte[]> Parts { get; init; }

    public void Write(string path) => DurableFile.Write(path, stream =>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Put(ReadOnlySpan<byte> bytes)
        {
            stream.Write(bytes);
            hash.AppendData(bytes);
        }

        void PutPart(ReadOnlySpan<byte> bytes)
        {
            Put(BitConverter.GetBytes((long)bytes.Length));
            Put(bytes);
        }

        Put(Magic);
        PutPart(JsonSerializer.SerializeToUtf8Bytes(Header, CheckpointJson.Default.CheckpointHeader));
        foreach (var (name, part) in Parts)
        {
            PutPart(Encoding.UTF8.GetBytes(name));
            PutPart(part);
        }

        stream.Write(hash.GetHashAndReset());
    });

    /// <exception cref="InvalidDataException">No checkpoint, of another version, cut short or damaged.</exception>
    public static CheckpointFile Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (!bytes.AsSpan().StartsWith(Magic))
        {
            throw Damaged(path, $"it starts with \"{Encoding.ASCII.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, Magic.Length)))}\", " +
                $"expected \"{Encoding.ASCII.GetString(Magic).TrimEnd()}\"");
        }

        var body = bytes.AsSpan(0, Math.Max(Magic.Length, bytes.Length - SHA256.HashSizeInBytes));
        if (!SHA256.HashData(body).AsSpan().SequenceEqual(bytes.AsSpan(body.Length)))
            throw Damaged(path, FormattableString.Invariant(
                $"it is damaged or cut short: the hash of its {bytes.Length:N0} bytes is not the one it ends with"));
        var at = Magic.Length;
        var header = JsonSerializer.Deserialize(Take(bytes.AsSpan(0, body.Length), ref at), CheckpointJson.Default.CheckpointHeader)!;
        var parts = new Dictionary<string, byte[]>();
        while (at < body.Length)
        {
            var name = Encoding.UTF8.GetString(Take(bytes.AsSpan(0, body.Length), ref at));
            parts.Add(name, Take(bytes.AsSpan(0, body.Length), ref at).ToArray());
        }

        return new CheckpointFile { Header = header, Parts = parts };

        static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> bytes, ref int at)
        {
            var length = (int)BitConverter.ToInt64(bytes[at..]);
            var part = bytes.Slice(at + sizeof(long), length);
            at += sizeof(long) + length;
            return part;
        }
    }

    public static InvalidDataException Damaged(string path, string what) =>
        new($"Checkpoint '{path}' cannot be gone on from: {what}. Delete it, or set Options.CheckpointPath to another file.");
}
