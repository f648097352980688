using Microsoft.ML;

namespace Nin.MLNet.Hosting;

/// <summary>What an estimator may know of a schema before any data flows.</summary>
internal static class SchemaShapes
{
    public static SchemaShape Of(DataViewSchema schema) => SchemaShape.Create(schema);
}
