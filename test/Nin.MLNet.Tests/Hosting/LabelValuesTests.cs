using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Hosting;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Hosting;

/// <summary>Label values of every type survive saving and loading, with their type and to the last bit.</summary>
[TestClass]
public sealed class LabelValuesTests
{
    private static readonly DateTime Moment = new(2026, 1, 2, 3, 4, 5, 678, 9, DateTimeKind.Utc);

    public static IEnumerable<object[]> Labels =>
    [
        [new Row<string>[] { new("ä\n\"b"), new("a"), new("") }],
        [new Row<bool>[] { new(true), new(false) }],
        [new Row<sbyte>[] { new(sbyte.MinValue), new(3) }],
        [new Row<byte>[] { new(byte.MaxValue), new(3) }],
        [new Row<short>[] { new(short.MinValue), new(3) }],
        [new Row<ushort>[] { new(ushort.MaxValue), new(3) }],
        [new Row<int>[] { new(int.MinValue), new(3) }],
        [new Row<uint>[] { new(uint.MaxValue), new(3) }],
        [new Row<long>[] { new(long.MinValue), new(3) }],
        [new Row<ulong>[] { new(ulong.MaxValue), new(3) }],
        [new Row<float>[] { new(0.1f), new(float.MaxValue), new(-1e-30f) }],
        [new Row<double>[] { new(0.1), new(double.Epsilon), new(1.0 / 3) }],
        [new Row<TimeSpan>[] { new(TimeSpan.FromTicks(1)), new(TimeSpan.MinValue) }],
        [new Row<DateTime>[] { new(Moment), new(DateTime.MinValue) }],
        [new Row<DateTimeOffset>[] { new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(-3))), new(DateTimeOffset.MinValue) }],
    ];

    [TestMethod]
    [DynamicData(nameof(Labels))]
    public void Load_WhatSaveWrote_HasTheSameTypeAndValues(object rows)
    {
        var item = rows.GetType().GetElementType()!.GetGenericArguments()[0];
        typeof(LabelValuesTests).GetMethod(nameof(Check))!.MakeGenericMethod(item).Invoke(null, [rows]);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("null")]
    [DataRow("[]")]
    [DataRow("[\"Complex\",\"1\"]")]
    [DataRow("[\"Int32\",null]")]
    [DataRow("[\"Int32\",\"99999999999\"]")]
    [DataRow("[\"Int32\",\"x\"]")]
    [DataRow("{}")]
    [DataRow("[\"Key Int32 3\",\"1\"]")]
    [DataRow("[\"Key Byte 999\",\"1\"]")]
    [DataRow("[\"Key Complex 3\",\"1\"]")]
    [DataRow("[\"Key UInt32 x\",\"1\"]")]
    public void Read_ValuesThatNobodyWrites_AreRefused(string json)
    {
        var error = Assert.ThrowsExactly<InvalidDataException>(() => LabelValues.Read(System.Text.Encoding.UTF8.GetBytes(json)));
        StringAssert.Contains(error.Message, "label values are damaged");
    }

    // ML.NET gives keys that are made of keys without values these keys as their values.
    [TestMethod]
    public void Load_KeysOfKeys_HasTheSameTypeAndValuesAsInBox()
    {
        var context = new MLContext(1);
        var rows = SyntheticImages.Rows(60).Select((row, i) => new KeyRow { Label = (uint)((2 * i % 3) + 1), Features = row.Features });
        var data = context.Data.LoadFromEnumerable(rows);
        var keyed = context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        var trainers = context.MulticlassClassification.Trainers;
        IEstimator<ITransformer>[] both =
            [trainers.SdcaMaximumEntropy(maximumNumberOfIterations: 2), trainers.Nin(SyntheticImages.Quick())];
        var found = both.Select(trainer => Reloaded(trainer.Fit(keyed))).ToArray();
        Assert.AreEqual("Vector<Key<UInt32, 0-9>, 3>: 2, 4, 3", found[0]);
        Assert.AreEqual(found[0], found[1]);

        string Reloaded(ITransformer model)
        {
            using var zip = new MemoryStream();
            context.Model.Save(model, keyed.Schema, zip);
            zip.Position = 0;
            var scored = new MLContext().Model.Load(zip, out _).Transform(keyed).Schema["PredictedLabel"];
            VBuffer<uint> values = default;
            scored.GetKeyValues(ref values);
            return $"{scored.Annotations.Schema["KeyValues"].Type}: {string.Join(", ", values.DenseValues())}";
        }
    }

    // The text of a local time has the offset of the machine that writes it.
    [TestMethod]
    public void Write_LocalTime_IsTheSameInAnyTimeZone()
    {
        var local = DateTime.SpecifyKind(Moment, DateTimeKind.Local);
        var written = System.Text.Encoding.UTF8.GetString(LabelValues.TryWrite(DateTimeDataViewType.Instance, [local])!);
        Assert.AreEqual("[\"DateTime\",\"2026-01-02T03:04:05.6780090\"]", written);
    }

    public static void Check<T>(Row<T>[] rows)
    {
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable(rows);
        var keyed = context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        var classes = LabelClasses.Of(keyed.Schema["Label"]);
        var loaded = LabelClasses.Load(classes.Save(), rows.Length);
        CollectionAssert.AreEqual(classes.Names.ToArray(), loaded.Names.ToArray());
        var (type, before) = Values(classes);
        var (loadedType, after) = Values(loaded);
        Assert.AreEqual(type, loadedType);
        CollectionAssert.AreEqual(before, after);

        static (DataViewType, string[]) Values(LabelClasses classes)
        {
            var builder = new DataViewSchema.Annotations.Builder();
            classes.AddTo(builder, "KeyValues");
            var annotations = builder.ToAnnotations();
            if (typeof(T) == typeof(string))
            {
                VBuffer<ReadOnlyMemory<char>> texts = default;
                annotations.GetValue("KeyValues", ref texts);
                return (annotations.Schema["KeyValues"].Type, [.. texts.DenseValues().Select(text => text.ToString())]);
            }

            VBuffer<T> values = default;
            annotations.GetValue("KeyValues", ref values);
            return (annotations.Schema["KeyValues"].Type, [.. values.DenseValues().Select(value => Exact(value!))]);
        }

        static string Exact(object value) => value is IFormattable formattable
            ? formattable.ToString(value is DateTime or DateTimeOffset ? "O" : null, null)
            : value.ToString()!;
    }

    private sealed class KeyRow
    {
        [KeyType(10)]
        public uint Label { get; set; }

        [VectorType(SyntheticImages.Side * SyntheticImages.Side)]
        public float[] Features { get; set; } = [];
    }

    public sealed class Row<T>(T label)
    {
        public T Label { get; set; } = label;
    }
}
