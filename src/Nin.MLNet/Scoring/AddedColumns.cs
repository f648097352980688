using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Network;

namespace Nin.MLNet.Scoring;

/// <summary>The columns that a transformer adds to the data, and the numbers per row from which they are read.</summary>
internal abstract class AddedColumns
{
    /// <summary>Number of values computed per row.</summary>
    public abstract int ValuesPerRow { get; }

    /// <summary>The input's columns, then these.</summary>
    public abstract DataViewSchema AppendTo(DataViewSchema input);

    /// <summary>Computes the values of several rows together.</summary>
    /// <param name="network">The network that computes them.</param>
    /// <param name="pixels">Raw values, planar: [count, C, H, W].</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="values">Takes [count, <see cref="ValuesPerRow"/>].</param>
    /// <param name="threads">Threads among which the rows are divided; null: as many as the machine offers.</param>
    public abstract void Compute(InferenceNetwork network, ReadOnlySpan<float> pixels, int count, Span<float> values, int? threads);

    /// <summary>The getter of an added column.</summary>
    /// <param name="index">The column's index among the added ones.</param>
    /// <param name="values">The present row's values: [<see cref="ValuesPerRow"/>].</param>
    public abstract Delegate Getter(int index, Func<ReadOnlySpan<float>> values);

    /// <summary>The getter of a column that holds all values of a row.</summary>
    protected static ValueGetter<VBuffer<float>> Vector(Func<ReadOnlySpan<float>> values) => (ref VBuffer<float> value) =>
    {
        var found = values();
        var editor = VBufferEditor.Create(ref value, found.Length);
        found.CopyTo(editor.Values);
        value = editor.Commit();
    };
}
