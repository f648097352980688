using System.Text.Json.Serialization;

namespace Nin.MLNet.Persistence;

/// <summary>JSON of the description, made at compile time. A part that is missing is an error, not null; a loss may be no number.</summary>
[JsonSourceGenerationOptions(
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ModelDescription))]
internal sealed partial class ModelJson : JsonSerializerContext;
