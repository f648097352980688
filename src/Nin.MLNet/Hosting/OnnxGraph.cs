using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;

namespace Nin.MLNet.Hosting;

/// <summary>
/// The ONNX graph that ML.NET's converter builds, as a pipeline step that adds to it sees it. Values are referred to by the names that the
/// graph gives them.
/// </summary>
internal sealed class OnnxGraph(OnnxContext context)
{
    // The converter also takes every value for a column; no column has such a name.
    private const string Prefix = "nin.";

    /// <summary>Rejects a graph whose operators are too old.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The graph was requested in an older operator set.</exception>
    public void RequireOperatorSet(int version, string step) => context.CheckOpSetVersion(version, step);

    /// <summary>A column's value; null if the steps before have not put it into the graph.</summary>
    public string? Find(string column) => context.ContainsColumn(column) ? context.GetVariableName(column) : null;

    /// <summary>A constant: dense, row by row.</summary>
    public string Constant(string name, float[] values, params long[] dimensions) =>
        context.AddInitializer(values, dimensions, Prefix + name);

    public string Constant(string name, params long[] values) => context.AddInitializer(values, [values.Length], Prefix + name);

    /// <summary>Applies an operator of ONNX's own set.</summary>
    /// <param name="operation">Its name.</param>
    /// <param name="inputs">Values it reads.</param>
    /// <param name="attributes">Numbers, lists of numbers, or types.</param>
    /// <returns>The resulting value.</returns>
    public string Apply(string operation, string[] inputs, params (string Name, object Value)[] attributes)
    {
        var output = context.AddIntermediateVariable(null, Prefix + operation, skip: true);
        Add(operation, inputs, output, attributes);
        return output;
    }

    /// <summary>Makes a value into a column.</summary>
    public void SetColumn(
        string name, DataViewType type, string operation, string[] inputs, params (string Name, object Value)[] attributes) =>
        Add(operation, inputs, context.AddIntermediateVariable(type, name), attributes);

    private void Add(string operation, string[] inputs, string output, (string Name, object Value)[] attributes)
    {
        // Without a domain, the converter would use its own.
        var node = context.CreateNode(operation, inputs, [output], context.GetNodeName(Prefix + operation), domain: "");
        foreach (var (name, value) in attributes)
        {
            switch (value)
            {
                case long number:
                    node.AddAttribute(name, number);
                    break;
                case long[] numbers:
                    node.AddAttribute(name, numbers);
                    break;
                case Type type:
                    node.AddAttribute(name, type);
                    break;
                default:
                    throw new ArgumentException(
                        $"The attribute '{name}' is {value}: expected a long, a long[] or a type.", nameof(attributes));
            }
        }
    }
}
