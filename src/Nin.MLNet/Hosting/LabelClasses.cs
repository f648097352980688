using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Data.IO;
using Microsoft.ML.Runtime;

namespace Nin.MLNet.Hosting;

/// <summary>The classes of a label: how many there are, and their key values with their type, if there are any.</summary>
internal abstract class LabelClasses
{
    /// <summary>Number of classes.</summary>
    public abstract int Count { get; }

    /// <summary>Key values as text, or the numbers from 0.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>Whether the key values are text, which slot names must be.</summary>
    public virtual bool AreText => false;

    /// <summary>The classes of a key column.</summary>
    public static LabelClasses Of(DataViewSchema.Column label)
    {
        var count = (int)((KeyDataViewType)label.Type).Count;
        var type = label.Annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type as VectorDataViewType;
        return type is null || type.Size != count
            ? new Nameless(count)
            : (LabelClasses)typeof(LabelClasses)
                .GetMethod(nameof(FromColumn), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!
                .MakeGenericMethod(type.ItemType.RawType).Invoke(null, [label, type])!;
    }

    /// <summary>Classes whose key values are these texts.</summary>
    public static LabelClasses Of(IReadOnlyList<string> names)
    {
        var type = new VectorDataViewType(TextDataViewType.Instance, names.Count);
        var values = new VBuffer<ReadOnlyMemory<char>>(names.Count, [.. names.Select(name => name.AsMemory())]);
        return new Named<ReadOnlyMemory<char>>(type, values);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The data were not written by it.</exception>
    public static LabelClasses Load(byte[] saved, int count)
    {
        if (saved.Length == 0)
            return new Nameless(count);
        var (type, values) = LabelValues.Read(saved);
        return Make(new VectorDataViewType((PrimitiveDataViewType)type, Math.Max(values.Length, 1)), values);
    }

    /// <summary>Reads the form used before version 4 of the model entry.</summary>
    /// <exception cref="InvalidDataException">The data are cut short or damaged.</exception>
    public static LabelClasses LoadOld(IHostEnvironment env, Stream stream, int count)
    {
        if (stream.ReadByte() != 1)
            return new Nameless(count);
        try
        {
            var saver = new BinarySaver(env, new BinarySaver.Arguments());
            if (saver.TryLoadTypeAndValue(stream, out var type, out var value) && type is VectorDataViewType vector)
                return (LabelClasses)Activator.CreateInstance(typeof(Named<>).MakeGenericType(vector.ItemType.RawType), vector, value)!;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // ML.NET's reader has no single exception type for what it cannot read.
            throw LabelValues.Damaged(e.GetBaseException().Message);
        }

        throw LabelValues.Damaged("they are no vector");
    }

    /// <summary>Writes the key values with their type; nothing if there are none.</summary>
    /// <exception cref="InvalidOperationException">Values of this type cannot be written to a file.</exception>
    public abstract byte[] Save();

    /// <summary>Adds the key values to a column's annotations, under the given kind.</summary>
    public abstract void AddTo(DataViewSchema.Annotations.Builder annotations, string kind);

    private static LabelClasses Make(VectorDataViewType type, Array values)
    {
        var buffer = Activator.CreateInstance(typeof(VBuffer<>).MakeGenericType(type.ItemType.RawType), values.Length, values, null)!;
        return (LabelClasses)Activator.CreateInstance(typeof(Named<>).MakeGenericType(type.ItemType.RawType), type, buffer)!;
    }

    private static Named<T> FromColumn<T>(DataViewSchema.Column label, VectorDataViewType type)
    {
        VBuffer<T> values = default;
        label.GetKeyValues(ref values);
        return new Named<T>(type, values);
    }

    private sealed class Nameless(int count) : LabelClasses
    {
        public override int Count => count;

        public override IReadOnlyList<string> Names { get; } =
            [.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture))];

        public override byte[] Save() => [];

        public override void AddTo(DataViewSchema.Annotations.Builder annotations, string kind)
        {
        }
    }

    private sealed class Named<T>(VectorDataViewType type, VBuffer<T> values) : LabelClasses
    {
        private readonly VBuffer<T> values = values;

        public override int Count => values.Length;

        public override IReadOnlyList<string> Names { get; } =
            [.. values.DenseValues().Select(value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")];

        public override bool AreText => type.ItemType is TextDataViewType;

        public override byte[] Save() => LabelValues.TryWrite(type.ItemType, values.DenseValues())
            ?? throw new InvalidOperationException(
                $"Label values of type {type.ItemType} cannot be saved in an ML.NET model. " +
                "Convert the label to text before MapValueToKey.");

        public override void AddTo(DataViewSchema.Annotations.Builder annotations, string kind) =>
            annotations.Add(kind, type, (ref VBuffer<T> target) => values.CopyTo(ref target));
    }
}
