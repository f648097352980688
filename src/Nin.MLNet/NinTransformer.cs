using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Nin.MLNet;
using Nin.MLNet.Data;
using Nin.MLNet.Export;
using Nin.MLNet.Hosting;
using Nin.MLNet.Persistence;
using Nin.MLNet.Scoring;

[assembly: LoadableClass(typeof(NinTransformer), null, typeof(SignatureLoadModel), "Network in Network", NinTransformer.LoaderSignature)]

namespace Nin.MLNet;

/// <summary>
/// Scores images with a trained Network in Network: adds <c>PredictedLabel</c> (key) and <c>Score</c> (probabilities,
/// Vector&lt;Single, K&gt;). Runs one forward pass per batch in <see cref="Transform"/> and one per row in a prediction engine. Many
/// threads may use it at once. <c>mlContext.Model.ConvertToOnnx</c>, of the package Microsoft.ML.OnnxConverter, exports it.
/// </summary>
public sealed class NinTransformer
    : ISingleFeaturePredictionTransformer<NinModelParameters>, ISingleFeaturePredictionTransformer, IDisposable
{
    internal const string LoaderSignature = "NinTransformer";
    private const string ModelStream = "NinModel";

    /// <summary>Where models before version 4 of the model entry keep the label values.</summary>
    private const string OldClassesStream = "NinClasses";
    private readonly IHost host;
    private ScoringChoices choices = new();

    /// <summary>
    /// Scores with a model that was not trained here, for example one from <see cref="NinModelParameters.FromWeights"/>.
    /// </summary>
    /// <param name="context">The context that the transformer is used in.</param>
    /// <param name="model">The model. The transformer owns it: disposing one disposes the other.</param>
    /// <param name="featureColumnName">The features column, whose type must be <see cref="FeatureColumnType"/>.</param>
    public NinTransformer(MLContext context, NinModelParameters model, string featureColumnName = DefaultColumnNames.Features)
        : this(Given<IHostEnvironment>(context), Given(model), Given(featureColumnName))
    {
    }

    internal NinTransformer(IHostEnvironment env, NinModelParameters model, string featureColumnName)
    {
        host = env.Register(LoaderSignature);
        (Model, FeatureColumnName, FeatureColumnType) = (model, featureColumnName, ImageLayouts.TypeOf(model.ImageLayout));
    }

    /// <summary>What the training learnt.</summary>
    public NinModelParameters Model { get; }

    /// <inheritdoc/>
    public string FeatureColumnName { get; }

    /// <summary>Type of the features column used in training; a column to score must have the same type.</summary>
    public DataViewType FeatureColumnType { get; }

    /// <summary>
    /// Maximum number of rows that <see cref="Transform"/> scores together, 1 to 65,536; default 128. Fewer if images and activations
    /// would take more than about 32 MB per thread. A change applies to later transforms.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int ScoringBatchSize
    {
        get => choices.BatchSize;
        set => choices = choices with { BatchSize = value };
    }

    /// <summary>
    /// Number of threads that share a batch, 1 to 1,024; default null: OMP_NUM_THREADS if it is set, else the machine's physical cores,
    /// but no more than the process may use. A single prediction uses one thread.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int? ScoringThreads
    {
        get => choices.Threads;
        set => choices = choices with { Threads = value };
    }

    /// <summary>
    /// Whether an image's scores are the mean of its own and its mirror image's (left to right); default false. This takes twice the time
    /// and makes most models trained with mirroring a little more accurate. Use it for images that mean the same when mirrored, which
    /// letters and digits do not. A change applies to later transforms and ONNX exports.
    /// </summary>
    public bool ScoringMirrorImages
    {
        get => choices.MirrorImages;
        set => choices = choices with { MirrorImages = value };
    }

    /// <summary>
    /// Where scores are computed: "cpu", "cuda" or "cuda:" and a number. A loaded model starts on the CPU, a newly trained one where it
    /// was trained.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The device is unknown or not available.</exception>
    public string ScoringDevice
    {
        get => Model.ScoringDevice.ToString();
        set => Model.ScoringDevice = HostChoices.Parse(value, nameof(ScoringDevice));
    }

    /// <summary>
    /// Number format of the arithmetic for scoring; initially that of the training (<see cref="NinTrainer.Options.Precision"/>), also in a
    /// loaded model. Batches are fastest with <see cref="NinTrainer.Precision.Auto"/>. A program that predicts small images one at a time
    /// is faster with <see cref="NinTrainer.Precision.Float32"/> on AMD processors with avx512_bf16.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public NinTrainer.Precision ScoringPrecision
    {
        get => Model.ScoringPrecision;
        set => Model.ScoringPrecision = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(ScoringPrecision), $"ScoringPrecision is {value}: give Auto, Float32 or BFloat16.");
    }

    bool ITransformer.IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => ScorerFor(inputSchema).Output;

    /// <summary>The data with its scores, which are computed as it is read.</summary>
    /// <param name="input">Rows with the features column the model was trained on.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no features column of the type <see cref="FeatureColumnType"/>.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new BatchedView(ScorerFor(input.Schema), this, input);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new NinRowMapper(ScorerFor(inputSchema), this);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ctx.SaveBinaryStream(ModelStream, writer => Model.Write(writer.BaseStream, FeatureColumnName));
    }

    /// <summary>
    /// The same transformer with other weights. To load new weights into a running program, replace the old transformer with this one and
    /// dispose the old one; scores being computed are finished first.
    /// </summary>
    /// <param name="path">A safetensors file of the same architecture, written by
    /// <see cref="NinModelParameters.SaveWeights"/> or by PyTorch.</param>
    /// <exception cref="InvalidDataException">The file is cut short, or is for another architecture.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public NinTransformer WithWeights(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new NinTransformer(host, Model.WithWeights(path), FeatureColumnName) { choices = choices };
    }

    /// <summary>Disposes the model. Scores being computed are finished first; later calls throw an ObjectDisposedException.</summary>
    public void Dispose() => Model.Dispose();

    /// <summary>Adds the model to an ONNX graph, from the features column to Score and PredictedLabel.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="output">This transformer's output columns.</param>
    /// <exception cref="InvalidOperationException">An earlier step cannot be exported, so there are no features.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    internal void SaveAsOnnx(OnnxGraph graph, DataViewSchema output)
    {
        graph.RequireOperatorSet(OnnxNetwork.OperatorSet, LoaderSignature);
        var images = graph.Find(FeatureColumnName) ?? throw NoFeaturesInOnnx();
        Model.WriteOnnx(graph, images, choices.MirrorImages, (OutputColumns.Score, output[OutputColumns.Score].Type),
            (OutputColumns.PredictedLabel, output[OutputColumns.PredictedLabel].Type));
    }

    internal Exception NoFeaturesInOnnx() => Refusal.Export(Model.ImageLayout.IsImage
        ? $"The features column '{FeatureColumnName}' holds images, which ONNX does not know: train on their pixels (ExtractPixels) " +
        "and export what comes after that step."
        : $"The features column '{FeatureColumnName}' cannot be computed in ONNX: the pipeline has a step before the Nin transformer " +
        "that cannot be exported, as the steps that read images cannot. Export what comes after it: give ConvertToOnnx a " +
        $"TransformerChain of the Nin transformer and the steps after it, and an empty view with the column " +
        $"'{FeatureColumnName}' ({FeatureColumnType}) alone.");

    // Found and called by ML.NET's loader.
    private static NinTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        try
        {
            return Read(env, ctx);
        }
        catch (InvalidDataException damage)
        {
            throw Refusal.Model(damage);
        }
    }

    private static NinTransformer Read(IHostEnvironment env, ModelLoadContext ctx)
    {
        ModelContent? content = null;
        ctx.TryLoadBinaryStream(ModelStream, reader => content = ModelEntry.Read(reader.BaseStream));
        if (content is null)
            throw new InvalidDataException($"The model zip has no entry '{ModelStream}'. Get a whole copy of it.");
        var (description, network, written) = content;
        try
        {
            var expected = description.Architecture.Classes;
            LabelClasses? classes = null;
            if (written is not null)
                classes = LabelClasses.Load(written, expected);
            else
                ctx.TryLoadBinaryStream(OldClassesStream, reader => classes = LabelClasses.LoadOld(env, reader.BaseStream, expected));
            if (classes?.Count != expected)
                throw new InvalidDataException(
                    $"The model zip holds {classes?.Count ?? 0} label values: expected {expected}. Get a whole copy of it.");
            var model = new NinModelParameters(
                network, description.Normalization, description.ImageLayout, description.ResizeTo,
                description.Precision, classes, description.History, description.Temperature);
            return new NinTransformer(env, model, description.FeatureColumnName);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static T Given<T>(T value, [CallerArgumentExpression(nameof(value))] string? name = null)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return value;
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "NINTRANS",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(NinTransformer).Assembly.FullName);

    /// <summary>The model bound to the columns of a schema.</summary>
    /// <param name="schema">Must have the features column.</param>
    /// <param name="columns">What to compute.</param>
    internal BoundModel Bind(DataViewSchema schema, AddedColumns columns)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return new BoundModel(Model, choices, columns, schema, FeatureColumnName);
    }

    private BoundModel ScorerFor(DataViewSchema schema) => Bind(schema, new OutputColumns(Model, choices.MirrorImages));
}
