using System.Reflection;
using System.Runtime.CompilerServices;
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

    /// <summary>Bytes that the value in a slot takes, if it is a vector or a text: what may be large.</summary>
    public abstract long BytesOf(int slot);

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

        public override long BytesOf(int slot) =>
            IsVector ? (long)OfItems(nameof(VectorBytes), slot)
            : values[slot] is ReadOnlyMemory<char> text ? sizeof(char) * (long)text.Length
            : 0;

        public override Delegate Getter(Func<int> current) =>
            IsVector ? (Delegate)OfItems(nameof(VectorGetter), current) : (ValueGetter<T>)((ref T value) => value = values[current()]);

        private static bool IsVector => typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(VBuffer<>);

        /// <summary>Calls a method that is generic over the type of the vectors' items.</summary>
        private object OfItems(string method, object argument) =>
            typeof(Typed<T>).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Instance)!
                .MakeGenericMethod(typeof(T).GetGenericArguments()).Invoke(this, [argument])!;

        private long VectorBytes<TItem>(int slot) =>
            (long)((VBuffer<TItem>[])(object)values)[slot].GetValues().Length * Unsafe.SizeOf<TItem>();

        // Vectors are copied because the next batch is read into the same memory.
        private ValueGetter<VBuffer<TItem>> VectorGetter<TItem>(Func<int> current) =>
            (ref VBuffer<TItem> value) => ((VBuffer<TItem>[])(object)values)[current()].CopyTo(ref value);
    }
}
