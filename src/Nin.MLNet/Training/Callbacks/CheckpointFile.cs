using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nin.MLNet.Native;

namespace Nin.MLNet.Training.Callbacks;

/// <summary>The format of a checkpoint file: magic, a JSON header, one part for each owner of state, and a hash over all of it.</summary>
internal sealed class CheckpointFile
{
    /// <summary>Raised when older files can no longer be resumed from, also when an option's default changes the training.</summary>
    private const int Version = 6;
    private const string Name = "Nin.MLNet checkpoint ";
    private static readonly byte[] Magic = Encoding.ASCII.GetBytes(FormattableString.Invariant($"{Name}{Version}\n"));

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

    /// <exception cref="InvalidDataException">The file is not a checkpoint, has another version, is truncated or is damaged.</exception>
    public static CheckpointFile Read(string path) => Read(path, File.ReadAllBytes(path));

    /// <param name="path">The file's name, for messages.</param>
    /// <param name="bytes">Its content.</param>
    /// <inheritdoc cref="Read(string)" path="/exception"/>
    public static CheckpointFile Read(string path, byte[] bytes)
    {
        if (!bytes.AsSpan().StartsWith(Magic))
        {
            var start = Encoding.ASCII.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, Magic.Length)));
            throw Damaged(path, start.StartsWith(Name, StringComparison.Ordinal) && start.EndsWith('\n')
                ? $"it is of version {start[Name.Length..].TrimEnd()}, and this Nin.MLNet reads version {Version}"
                : $"it starts with \"{start}\", expected \"{Encoding.ASCII.GetString(Magic).TrimEnd()}\"");
        }

        var body = bytes.AsSpan(0, Math.Max(Magic.Length, bytes.Length - SHA256.HashSizeInBytes));
        if (!SHA256.HashData(body).AsSpan().SequenceEqual(bytes.AsSpan(body.Length)))
            throw Damaged(path, FormattableString.Invariant(
                $"it is damaged or cut short: the hash of its {bytes.Length:N0} bytes is not the one it ends with"));
        try
        {
            return Parse(body[Magic.Length..]);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            throw Damaged(path, $"its content is invalid ({e.Message})");
        }
    }

    public static InvalidDataException Damaged(string path, string what) =>
        new($"Checkpoint '{path}' cannot be resumed: {what}. Delete it, or set Options.CheckpointPath to another file.");

    private static CheckpointFile Parse(ReadOnlySpan<byte> body)
    {
        var header = JsonSerializer.Deserialize(Take(ref body), CheckpointJson.Default.CheckpointHeader)
            ?? throw new InvalidOperationException("its header is null");
        if (header.Plan is not { Taken: >= 0, Left: >= 0, Since: >= 0, Start: >= 0 and < 1 } || header.History.Any(epoch => epoch is null))
            throw new InvalidOperationException("its numbers of steps or epochs are impossible");
        if (header.Ranks < 1 || header.StepsPerEpoch < 1)
            throw new InvalidOperationException("its numbers of ranks or steps per epoch are impossible");
        var parts = new Dictionary<string, byte[]>();
        while (body.Length > 0)
        {
            var name = Encoding.UTF8.GetString(Take(ref body));
            parts.Add(name, Take(ref body).ToArray());
        }

        return new CheckpointFile { Header = header, Parts = parts };

        static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest)
        {
            var length = rest.Length < sizeof(long) ? -1 : BitConverter.ToInt64(rest);
            if (length < 0 || length > rest.Length - sizeof(long))
                throw new InvalidOperationException($"a part has a length of {length}");
            var part = rest.Slice(sizeof(long), (int)length);
            rest = rest[(sizeof(long) + (int)length)..];
            return part;
        }
    }
}
