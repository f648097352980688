using System.Collections.Immutable;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Tests.Training;

namespace Nin.MLNet.Tests.Contract;

/// <summary>An image's layout is decided once, stored in the model and never guessed again.</summary>
[TestClass]
public sealed class ImageLayoutTests
{
    private static readonly MLContext Context = new(1);

    [TestMethod]
    [DataRow("3,12,12", "3x12x12", false)]
    [DataRow("12,12,3", "3x12x12", true)]
    [DataRow("28,28,2", "2x28x28", true)]
    [DataRow("2,28,28", "2x28x28", false)]
    [DataRow("12,12,1", "1x12x12", true)]
    [DataRow("12,16", "1x12x16", false)]
    [DataRow("144", "1x12x12", false)]
    public void Fit_TypeThatTells_ReadsIt(string dimensions, string shape, bool channelsLast)
    {
        using var model = Fit(Data(dimensions), Options());
        Assert.AreEqual((shape, channelsLast), ($"{model.Model.ImageLayout.Shape}", model.Model.ImageLayout.ChannelsLast));
    }

    [TestMethod]
    [DataRow("4,64,1")]
    [DataRow("3,4,4")]
    [DataRow("16,8,8")]
    public void Fit_TypeThatLeavesItOpen_AsksForTheOption(string dimensions)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Fit(Data(dimensions), Options()));
        foreach (var part in new[] { dimensions.Replace(",", ", ", StringComparison.Ordinal), "Options.ImageLayout", "ChannelsFirst" })
            StringAssert.Contains(error.Message, part);
    }

    [TestMethod]
    [DataRow("4,64,1", NinTrainer.ImageLayout.ChannelsFirst, "4x64x1")]
    [DataRow("4,64,1", NinTrainer.ImageLayout.ChannelsLast, "1x4x64")]
    [DataRow("8,8,3", NinTrainer.ImageLayout.ChannelsFirst, "8x8x3")]
    [DataRow("16,8,8", NinTrainer.ImageLayout.ChannelsFirst, "16x8x8")]
    public void Fit_LayoutGiven_GoesBeforeTheGuess(string dimensions, NinTrainer.ImageLayout layout, string shape)
    {
        var options = Options();
        options.ImageLayout = layout;
        using var model = Fit(Data(dimensions), options);
        Assert.AreEqual(shape, $"{model.Model.ImageLayout.Shape}");
    }

    [TestMethod]
    public void Fit_ShapeGiven_DecidesBetweenTheLayouts()
    {
        var options = Options();
        options.ImageShape = new NinImageShape(1, 4, 64);
        using var last = Fit(Data("4,64,1"), options);
        Assert.IsTrue(last.Model.ImageLayout.ChannelsLast);
        options.ImageShape = new NinImageShape(28, 28, 2);
        using var first = Fit(Data("28,28,2"), options);
        Assert.IsFalse(first.Model.ImageLayout.ChannelsLast);
        options.ImageShape = new NinImageShape(3, 5, 5);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Fit(Data("3,12,12"), options));
        StringAssert.Contains(error.Message, "3x12x12");
        StringAssert.Contains(error.Message, "3x5x5");
    }

    [TestMethod]
    [DataRow("0,0,3", 3, 8, 8, true)]
    [DataRow("3,0,0", 3, 8, 8, false)]
    [DataRow("0,0,0", 1, 8, 8, false)]
    public void Fit_DimensionsInPartUnknown_TakesTheLayoutThatAgrees(
        string dimensions, int channels, int height, int width, bool channelsLast)
    {
        var options = Options();
        options.ImageShape = new NinImageShape(channels, height, width);
        using var model = Fit(Data(dimensions, channels * height * width), options);
        Assert.AreEqual(channelsLast, model.Model.ImageLayout.ChannelsLast);
        Assert.AreEqual(options.ImageShape, model.Model.ImageLayout.Shape);
    }

    [TestMethod]
    [DataRow("0,0,0", 3, 8, 8, "Options.ImageLayout")]
    [DataRow("12,16", 1, 16, 12, "1x12x16")]
    [DataRow("2,2,8,8", null, 0, 0, "too many dimensions")]
    [DataRow("3,20000,20000", null, 0, 0, "at most 536,870,911")]
    [DataRow("40000,40000", null, 0, 0, "at most 536,870,911")]
    [DataRow("1600000000", null, 0, 0, "at most 536,870,911")]
    public void Fit_TypeThatContradictsOrCannotBe_SaysSoBeforeReading(string dimensions, int? channels, int height, int width, string part)
    {
        var options = Options();
        if (channels is { } given)
            options.ImageShape = new NinImageShape(given, height, width);
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Fit(Data(dimensions, 4), options));
        StringAssert.Contains(error.Message, part);
        Assert.IsTrue(InBox.IsMarked(error));
    }

    [TestMethod]
    [DataRow(3, false, "10,14,3", false)]
    [DataRow(3, true, "10,14,3", true)]
    [DataRow(3, true, "3,10,14", false)]
    [DataRow(3, false, "3,10,14", true)]
    [DataRow(3, false, "3,0,14", true)]
    [DataRow(3, false, "0,0,3", false)]
    [DataRow(3, false, "3,14,10", false)]
    [DataRow(3, false, "30,14", true)]
    [DataRow(1, false, "10,14,1", true)]
    [DataRow(1, true, "1,10,14", true)]
    [DataRow(1, false, "14,10,1", false)]
    [DataRow(1, false, "10,14", true)]
    [DataRow(1, false, "14,10", false)]
    [DataRow(1, false, "140", true)]
    [DataRow(1, false, "141", false)]
    [DataRow(1, false, "0", true)]
    public void Constructor_DimensionsThatContradictTheShape_AreRefused(int channels, bool channelsLast, string dimensions, bool fits)
    {
        ImmutableArray<int> lengths = [.. dimensions.Split(',').Select(length => int.Parse(length, CultureInfo.InvariantCulture))];
        NinImageLayout Make() => new(new NinImageShape(channels, 10, 14), channelsLast, lengths);
        if (fits)
            Assert.AreEqual(channelsLast, Make().ChannelsLast);
        else
            StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(Make).Message, $"does not hold images of {channels}x10x14");
    }

    [TestMethod]
    public void Fit_FlatChannelsLast_LearnsWhatTheTypedOnesDo()
    {
        var options = Options();
        using var typed = Fit(Data("8,8,3"), options);
        (options.ImageShape, options.ImageLayout) = (new NinImageShape(3, 8, 8), NinTrainer.ImageLayout.ChannelsLast);
        using var flat = Fit(Data("192"), options);
        Assert.IsTrue(TrainerContractTests.Scores(typed, Data("8,8,3")).SequenceEqual(TrainerContractTests.Scores(flat, Data("192"))));
    }

    [TestMethod]
    public void Fit_ChannelsLast_LearnsBitwiseWhatPlanesTeach()
    {
        using var interleaved = Fit(Data("8,8,3"), Options());
        using var planes = Fit(Data("3,8,8", order: i => ((i % 64) * 3) + (i / 64)), Options());
        Assert.IsTrue(Trained.WeightsOf(interleaved).SequenceEqual(Trained.WeightsOf(planes)));
    }

    [TestMethod]
    [DataRow("256", true)]
    [DataRow("16,16", false)]
    [DataRow("1,16,16", false)]
    public void Fit_FlatSquare_LogsTheGuess(string dimensions, bool guessed)
    {
        var context = new MLContext(1);
        var messages = new List<string>();
        context.Log += (_, e) => messages.Add(e.Message);
        using var model = context.MulticlassClassification.Trainers.Nin(Options()).Fit(Data(dimensions));
        var told = messages.Where(message => message.Contains("read as grey images of 1x16x16", StringComparison.Ordinal)).ToList();
        Assert.HasCount(guessed ? 1 : 0, told);
        Assert.IsTrue(told.All(message => message.Contains("Options.ImageShape", StringComparison.Ordinal)));
    }

    [TestMethod]
    [DataRow("12,12,3", "432")]
    [DataRow("3,12,12", "432")]
    [DataRow("3,12,12", "12,12,3")]
    [DataRow("12,12,3", "3,12,12")]
    [DataRow("144", "1,12,12")]
    [DataRow("144", "")]
    [DataRow("144", "169")]
    public void Transform_OtherLayout_IsRefusedAsInBox(string trained, string scored)
    {
        using var model = Fit(Data(trained), Options());
        var inBox = InBox.Sdca(Context).Fit(Data(trained));
        foreach (var ours in new[] { model, SavedAndLoaded(model) })
        {
            // Their Transform checks only lengths, as their pixels have no positions. Their schema check is strict, as ours is everywhere.
            var expected = InBox.Thrown(() => inBox.GetOutputSchema(Data(scored).Schema));
            var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ours.Transform(Data(scored)));
            Assert.AreEqual(expected!.GetType(), error.GetType());
            var words = $"expected {Data(trained).Schema["Features"].Type}, got {Data(scored).Schema["Features"].Type}";
            StringAssert.Contains(error.Message, words);
            StringAssert.Contains(expected.Message, words);
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ours.GetOutputSchema(Data(scored).Schema));
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ((ITransformer)ours).GetRowToRowMapper(Data(scored).Schema));
        }
    }

    [TestMethod]
    [DataRow("12,12,3")]
    [DataRow("3,12,12")]
    [DataRow("12,12")]
    [DataRow("144")]
    [DataRow("")]
    public void SaveAndLoad_AnyLayout_KeepsTypeAndScores(string dimensions)
    {
        var options = Options();
        if (dimensions.Length == 0)
            options.ImageShape = new NinImageShape(1, 12, 12);
        var data = Data(dimensions);
        using var model = Fit(data, options);
        using var loaded = SavedAndLoaded(model);
        Assert.AreEqual(data.Schema["Features"].Type, model.FeatureColumnType);
        Assert.AreEqual(model.FeatureColumnType, loaded.FeatureColumnType);
        Assert.AreEqual(model.Model.ImageLayout.ChannelsLast, loaded.Model.ImageLayout.ChannelsLast);
        Assert.IsTrue(TrainerContractTests.Scores(model, data).SequenceEqual(TrainerContractTests.Scores(loaded, data)));
    }

    [TestMethod]
    public void Transform_FlatOfTheRightLength_IsTakenWhereTheLengthWasUnknown()
    {
        var options = Options();
        options.ImageShape = new NinImageShape(1, 12, 12);
        using var model = Fit(Data(""), options);
        Assert.IsTrue(TrainerContractTests.Scores(model, Data("")).SequenceEqual(TrainerContractTests.Scores(model, Data("144"))));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.Transform(Data("1,12,12")));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.Transform(Data("169")));
    }

    [TestMethod]
    [DataRow("12,12,3", "432")]
    [DataRow("12,12,3", "3,12,12")]
    [DataRow("144", "1,12,12")]
    public void Fit_ValidationSetOfOtherLayout_IsRefused(string trained, string validated)
    {
        var trainer = Context.MulticlassClassification.Trainers.Nin(Options());
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(Data(trained), Data(validated)));
        StringAssert.Contains(error.Message, "validation set");
        StringAssert.Contains(error.Message, $"expected {Data(trained).Schema["Features"].Type}");
    }

    private static NinTransformer Fit(IDataView data, NinTrainer.Options options) =>
        Context.MulticlassClassification.Trainers.Nin(options).Fit(data);

    private static NinTrainer.Options Options()
    {
        var options = SyntheticImages.Quick();
        options.Architecture = (channels, classes) => new NinArchitecture(channels, [new NinBlock([4, classes], 3, 1, 1)]);
        options.NumberOfEpochs = 1;
        return options;
    }

    private static NinTransformer SavedAndLoaded(NinTransformer model)
    {
        using var stream = new MemoryStream();
        Context.Model.Save(model, null, stream);
        stream.Position = 0;
        return (NinTransformer)Context.Model.Load(stream, out _);
    }

    /// <summary>
    /// Rows whose features have these dimensions; if empty, 144 values in a vector of unknown length. With an order, the value at i is the
    /// one that would otherwise be at order(i).
    /// </summary>
    private static IDataView Data(string dimensions, int? values = null, Func<int, int>? order = null)
    {
        int[] lengths = dimensions.Length == 0 ? [0] : [.. dimensions.Split(',').Select(int.Parse)];
        var size = values ?? (dimensions.Length == 0 ? 144 : lengths.Aggregate((product, length) => product * length));
        var random = new Random(3);
        var rows = Enumerable.Range(0, 24).Select(i => new Row
        {
            Label = (uint)(i % 2) + 1,
            Features = [.. Enumerable.Range(0, size).Select(p => (float)random.Next(100) + (p % 3 == i % 2 ? 100 : 0))],
        }).ToArray();
        if (order is not null)
        {
            foreach (var row in rows)
                row.Features = [.. Enumerable.Range(0, size).Select(i => row.Features[order(i)])];
        }

        var schema = SchemaDefinition.Create(typeof(Row));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, lengths);
        schema["Label"].ColumnType = new KeyDataViewType(typeof(uint), 2);
        return Context.Data.LoadFromEnumerable(rows, schema);
    }

    private sealed class Row
    {
        public uint Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}
