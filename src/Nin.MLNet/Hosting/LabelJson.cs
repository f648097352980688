using System.Text.Json.Serialization;

namespace Nin.MLNet.Hosting;

/// <summary>JSON of label values, generated at compile time.</summary>
[JsonSerializable(typeof(string[]))]
internal sealed partial class LabelJson : JsonSerializerContext;
