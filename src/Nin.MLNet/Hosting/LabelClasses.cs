using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Data.IO;
using Microsoft.ML.Runtime;

namespace Nin.MLNet.Hosting;

/// <summary>The classes of a label: how many, and their key values with their type, where there are any.</summary>
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

    public static LabelClasses Load(IHostEnvironment env, Stream stream, int count)
    {
        if (stream.ReadByte() != 1)
            return new Nameless(count);
        var saver = new BinarySaver(env, new BinarySaver.Arguments());
        if (!saver.TryLoadTypeAndValue(stream, out var type, out var value) || type is not VectorDataViewType vector)
            throw new InvalidDataException("The model's label values are damaged. Get a whole copy of the model zip.");
        return (LabelClasses)Activator.CreateInstance(typeof(Named<>).MakeGenericType(vector.ItemType.RawType), vector, value)!;
    }

    public abstract void Save(IHostEnvironment env, Stream stream);

    /// <summary>Adds the key values to a column's annotations, under the given kind.</summary>
    public abstract void AddTo(DataViewSchema.Annotations.Builder annotations, string kind);

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

        public override void Save(IHostEnvironment env, Stream stream) => stream.WriteByte(0);

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

        public override void Save(IHostEnvironment env, Stream stream)
        {
            stream.WriteByte(1);
            var saver = new BinarySaver(env, new BinarySaver.Arguments());
            var copy = values;
            if (!saver.TryWriteTypeAndValue(stream, type, ref copy, out _))
                throw new InvalidOperationException(
                    $"Label values of type {type.ItemType} cannot be saved in an ML.NET model. " +
                    "Convert the label to text before MapValueToKey.");
        }

        public override void AddTo(DataViewSchema.Annotations.Builder annotations, string kind) =>
            annotations.Add(kind, type, (ref VBuffer<T> target) => values.CopyTo(ref target));
    }
}
