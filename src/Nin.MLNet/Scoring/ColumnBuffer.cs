using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Scoring;

/// <summary>
/// Keeps one passed-through column's values for a whole batch, because the upstream cursor has moved on when they are requested.
/// </summary>
internal abstract class ColumnBuffer
{
    public static ColumnBuffer Of(DataViewRow row, DataViewSchema.Column column) =>
        (ColumnBuffer)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(column.Type.RawType), row, column)!;

    /// <summary>Makes room for a number of rows; discards what was kept.</summary>
    public abstract void Resize(int rows);

    /// <summary>Reads the present row's value into a slot.</summary>
    public abstract void Read(int slot);

    /// <summary>The value in a slot, in the column's own type.</summary>
    public ref readonly T Kept<T>(int slot) => ref ((Typed<T>)this)[slot];

    /// <summary>A getter for the slot that <paramref name="current"/> returns.</summary>
    public abstract Delegate Getter(Func<int> current);

    private sealed class Typed<T>(DataViewRow row, DataViewSchema.Column column) : ColumnBuffer
    {
        private readonly ValueGetter<T> getter = row.GetGetter<T>(column);
        private T[] values = [];

        public ref readonly T this[int slot] => ref values[slot];

        public override void Resize(int rows) => values = new T[rows];

        public override void Read(int slot) => getter(ref values[slot]);

        public override Delegate Getter(Func<int> current) =>
            typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(VBuffer<>)
                ? (Delegate)typeof(Typed<T>).GetMethod(nameof(VectorGetter), BindingFlags.NonPublic | BindingFlags.Instance)!
                    .MakeGenericMethod(typeof(T).GetGenericArguments()).Invoke(this, [current])!
                : (ValueGetter<T>)((ref T value) => value = values[current()]);

        // Vectors are copied because the next batch is read into the same memory.
        private ValueGetter<VBuffer<TItem>> VectorGetter<TItem>(Func<int> current) =>
            (ref VBuffer<TItem> value) => ((VBuffer<TItem>[])(object)values)[current()].CopyTo(ref value);
    }
}
