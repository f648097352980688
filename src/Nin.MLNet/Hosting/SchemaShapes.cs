using Microsoft.ML;

namespace Nin.MLNet.Hosting;

/// <summary>What an estimator can know about a schema before any data flows.</summary>
internal static class SchemaShapes
{
    public static SchemaShape Of(DataViewSchema schema) => SchemaShape.Create(schema);

    /// <summary>A column's type in words.</summary>
    public static string TypeOf(SchemaShape.Column column) => column.GetTypeString();
}
