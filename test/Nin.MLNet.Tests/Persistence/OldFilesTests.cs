using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Training.Callbacks;

namespace Nin.MLNet.Tests.Persistence;

/// <summary>
/// A model and a checkpoint of every format version must always load: golden/model-N.zip with its scores, golden/checkpoint-N.
/// Models of version 2 are in Network/Golden. After a new version,
/// <see cref="Files_OfThePresentVersion_AreWrittenAndReadBack"/> adds its files.
/// </summary>
[TestClass]
public sealed class OldFilesTests
{
    private const string WriteTo = "NIN_WRITE_OLD_FILES";
    private const int StopsAfter = 2;
    private static readonly MLContext Context = new(1);

    private static string Folder => Path.Combine(Repository.Root, "test", "Nin.MLNet.Tests", "Persistence", "golden");

    private static IDataView Images => SyntheticImages.Keyed(Context, 12, seed: 5);

    private static NinTrainer.Options Options
    {
        get
        {
            var options = SyntheticImages.Quick();
            options.Architecture = (channels, classes) => new NinArchitecture(channels,
            [
                new NinBlock([8, 8], 3, 1, 1) { Pooling = new NinPooling(NinPoolingKind.Max, 3, 2, 1), Dropout = 0.1 },
                new NinBlock([8, classes], 3, 1, 1),
            ])
            { BatchNorm = true, LastReLU = false };
            return options;
        }
    }

    public static IEnumerable<object[]> Models =>
        Directory.GetFiles(Folder, "model-*.zip").Select(file => new object[] { Path.GetFileName(file) });

    public static IEnumerable<object[]> Checkpoints =>
        Directory.GetFiles(Folder, "checkpoint-*").Select(file => new object[] { Path.GetFileName(file) });

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void Load_ModelOfAnyVersion_ScoresAsItsWriterDid(string file)
    {
        using var model = (NinTransformer)Context.Model.Load(Path.Combine(Folder, file), out _);
        var expected = File.ReadAllLines(Path.Combine(Folder, Path.ChangeExtension(file, "txt")))
            .Select(line => float.Parse(line, CultureInfo.InvariantCulture)).ToArray();
        var found = Scores(model);
        Assert.HasCount(expected.Length, found);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], found[i], 1e-4f, $"score {i}");
        Assert.AreNotEqual(1, model.Model.Temperature);
        CollectionAssert.AreEqual(new[] { "class 0", "class 1", "class 2" }, model.Model.ClassNames.ToArray());
    }

    [TestMethod]
    [DynamicData(nameof(Checkpoints))]
    public void Fit_CheckpointOfAnyVersion_IsGoneOnWith(string file)
    {
        var copy = Path.GetTempFileName();
        File.Copy(Path.Combine(Folder, file), copy, overwrite: true);
        try
        {
            var written = CheckpointFile.Read(copy).Header;
            var log = new List<string>();
            var context = new MLContext(1);
            context.Log += (_, e) => log.Add(e.Message);
            var options = OptionsOf(written.Identity);
            (options.CheckpointPath, options.Seed) = (copy, (int)written.Seed);
            using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, 200));
            StringAssert.Contains(string.Join('\n', log), $"after epoch {StopsAfter}");
            Assert.HasCount(options.NumberOfEpochs!.Value, model.Model.History);
            for (var i = 0; i < StopsAfter; i++)
                Assert.AreEqual(written.History[i].ValidationLoss, model.Model.History[i].ValidationLoss);
        }
        finally
        {
            File.Delete(copy);
        }
    }

    /// <summary>
    /// The files of the current version, which later versions must read; NIN_WRITE_OLD_FILES names a folder to keep them in.
    /// </summary>
    [TestMethod]
    public void Files_OfThePresentVersion_AreWrittenAndReadBack()
    {
        var kept = Environment.GetEnvironmentVariable(WriteTo);
        var folder = kept ?? Directory.CreateTempSubdirectory().FullName;
        try
        {
            var options = Options;
            (options.NumberOfEpochs, options.ValidationSetFraction, options.CalibrateTemperature) = (4, 0.2, true);
            (options.WeightAveraging, options.EarlyStoppingPatience) = (NinTrainer.WeightAveraging.Ema, 3);
            // Kept uncertain, so that the scores are not just 0 and 1.
            (options.LabelSmoothing, options.LearningRate) = (0.3, 0.05);
            var data = SyntheticImages.Keyed(Context, 200);
            var (zip, text) = (Path.Combine(folder, "model-N.zip"), Path.Combine(folder, "model-N.txt"));
            using (var model = Context.MulticlassClassification.Trainers.Nin(options).Fit(data))
            {
                Context.Model.Save(model, data.Schema, zip);
                File.WriteAllLines(text, Scores(model).Select(score => score.ToString("R", CultureInfo.InvariantCulture)));
            }

            options.CheckpointPath = Path.Combine(folder, "checkpoint-N");
            options.Callbacks.Add(NinCallback.AfterEpoch(training =>
            {
                if (training.Epoch == StopsAfter)
                    training.Stop();
            }));
            Context.MulticlassClassification.Trainers.Nin(options).Fit(data).Dispose();

            using var loaded = (NinTransformer)Context.Model.Load(zip, out _);
            CollectionAssert.AreEqual(
                File.ReadAllLines(text).Select(line => float.Parse(line, CultureInfo.InvariantCulture)).ToArray(), Scores(loaded));
            Assert.HasCount(StopsAfter, CheckpointFile.Read(options.CheckpointPath).Header.History);
        }
        finally
        {
            if (kept is null)
                Directory.Delete(folder, recursive: true);
        }
    }

    private static float[] Scores(NinTransformer model) =>
        [.. model.Transform(Images).GetColumn<float[]>("Score").SelectMany(score => score)];

    /// <summary>The options as the file records them, since their defaults may have changed.</summary>
    private static NinTrainer.Options OptionsOf(IReadOnlyDictionary<string, string> identity)
    {
        var options = Options;
        foreach (var (name, text) in identity.Where(entry => entry.Key.StartsWith("Options.", StringComparison.Ordinal)))
        {
            var property = typeof(NinTrainer.Options).GetProperty(name["Options.".Length..], BindingFlags.Public | BindingFlags.Instance)!;
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (text.Length == 0)
                property.SetValue(options, null);
            else if (type.IsEnum)
                property.SetValue(options, Enum.Parse(type, text));
            else if (type.IsPrimitive)
                property.SetValue(options, Convert.ChangeType(text, type, CultureInfo.InvariantCulture));
        }

        return options;
    }
}
