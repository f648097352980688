using System.Text;
using System.Text.Json;
using Nin.MLNet.Network;
using static TorchSharp.torch;

namespace Nin.MLNet.Persistence;

/// <summary>The model entry of the zip: magic, version, a JSON description, the weights as safetensors, each with its length.</summary>
internal static class ModelEntry
{
    public const int Version = 2;
    private const int Piece = 1 << 20;
    private static readonly byte[] Magic = "NINMODEL"u8.ToArray();

    /// <summary>A part that is missing is an error, not null.</summary>
    private static readonly JsonSerializerOptions Strict = new()
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static void Write(Stream stream, ModelDescription description, NinNetwork network)
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write(Version);
        WritePart(writer, JsonSerializer.SerializeToUtf8Bytes(description));
        using var weights = new MemoryStream();
        SafeTensors.Write(weights, network);
        WritePart(writer, weights.ToArray());
    }

    /// <exception cref="InvalidDataException">Cut short, no model entry, or written by code of another version.</exception>
    public static (ModelDescription Description, NinNetwork Network) Read(Stream stream)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        var magic = reader.ReadBytes(Magic.Length);
        if (!magic.SequenceEqual(Magic))
            throw new InvalidDataException(
                $"The model entry starts with \"{Encoding.ASCII.GetString(magic)}\": expected \"{Encoding.ASCII.GetString(Magic)}\". " +
                "The zip is damaged or no Nin.MLNet model.");
        var version = BitConverter.ToInt32(Exactly(reader, sizeof(int), "version"));
        if (version != Version)
            throw new InvalidDataException(
                $"The model entry is of version {version}; this Nin.MLNet reads version {Version}. " +
                $"{(version > Version ? "Update the Nin.MLNet package." : "Train the model again.")}");
        var json = ReadPart(reader, "description");
        ModelDescription? description;
        try
        {
            description = JsonSerializer.Deserialize<ModelDescription>(json, Strict);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"The model entry's description is damaged: {e.Message}", e);
        }

        var weights = ReadPart(reader, "weights");
        DescriptionCheck.Check(description, weights.Length);
        var network = new NinNetwork(description!.Architecture, CPU);
        try
        {
            SafeTensors.ReadInto(new MemoryStream(weights), "The model entry's weights", network);
            return (description, network);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static void WritePart(BinaryWriter writer, byte[] part)
    {
        writer.Write(part.Length);
        writer.Write(part);
    }

    private static byte[] ReadPart(BinaryReader reader, string name)
    {
        var length = BitConverter.ToInt32(Exactly(reader, sizeof(int), $"length of the {name}"));
        return length < 0
            ? throw new InvalidDataException($"The model entry is damaged: its {name} has a length of {length}.")
            : Exactly(reader, length, name);
    }

    private static byte[] Exactly(BinaryReader reader, int length, string name)
    {
        // Piece by piece: a length that is a lie must not take memory.
        using var bytes = new MemoryStream();
        while (bytes.Length < length && reader.ReadBytes((int)Math.Min(Piece, length - bytes.Length)) is { Length: > 0 } piece)
            bytes.Write(piece);
        return bytes.Length == length
            ? bytes.ToArray()
            : throw new InvalidDataException(
                FormattableString.Invariant(
                    $"The model entry is cut short: expected {length:N0} bytes of {name}, found {bytes.Length:N0}. ") +
                "Get a whole copy of the model zip.");
    }
}
