using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Scoring;

/// <summary>Keeps one passed-through column's values of a whole batch, since the cursor upstream has moved on when they are asked for.</summary>
internal abstract class ColumnBuffer
{
    public static ColumnBuffer Of(DataViewRow row, DataViewSchema.Column column, int size) =>
        (ColumnBuffer)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(column.Type.RawType), row, column, size)!;

    /// <summary>Takes the present row's value into a slot.</summary>
    public abstract void Read(int slot);

    /// <summary>A getter of the slot that <paramref name="current"/> tells.</summary>
    public abstract Delegate Getter(Func<int> current);

    private sealed class Typed<T>(DataViewRow row, DataViewSchema.Column column, int size) : ColumnBuffer
    {
        private readonly T[] values = new T[size];
        private readonly ValueGetter<T> getter = row.GetGetter<T>(column);

        public override void Read(int slot) => getter(ref values[slot]);

        public override Delegate Getter(Func<int> current) => typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(VBuffer<>)
            ? (Delegate)typeof(Typed<T>).GetMethod(nameof(VectorGetter), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
                .MakeGenericMethod(typeof(T).GetGenericArguments()).Invoke(null, [values, current])!
            : (ValueGetter<T>)((ref T value) => value = values[current()]);

        private static ValueGetter<VBuffer<TItem>> VectorGetter<TItem>(VBuffer<TItem>[] values, Func<int> current) =>
            (ref VBuffer<TItem> value) => values[current()].CopyTo(ref value);
    }
}
