using System.Text.Json.Serialization;

namespace Nin.MLNet.Persistence;

/// <summary>JSON of the description, generated at compile time. A missing part is an error, not null; a loss may be NaN.</summary>
[JsonSourceGenerationOptions(
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ModelDescription))]
internal sealed partial class ModelJson : JsonSerializerContext;
