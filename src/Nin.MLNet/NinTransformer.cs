using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Nin.MLNet;
using Nin.MLNet.Data;
using Nin.MLNet.Hosting;
using Nin.MLNet.Persistence;
using Nin.MLNet.Scoring;

[assembly: LoadableClass(typeof(NinTransformer), null, typeof(SignatureLoadModel), "Network in Network", NinTransformer.LoaderSignature)]

namespace Nin.MLNet;

/// <summary>
/// Scores images with a trained Network in Network: adds <c>PredictedLabel</c> (key) and <c>Score</c> (probabilities, Vector&lt;Single, K&gt;),
/// one forward a batch in <see cref="Transform"/>, one a row in a prediction engine. Many threads may use it at once.
/// </summary>
public sealed class NinTransformer : ISingleFeaturePredictionTransformer<NinModelParameters>, IDisposable
{
    internal const string LoaderSignature = "NinTransformer";
    private const string ModelStream = "NinModel", ClassesStream = "NinClasses";
    private readonly IHost host;

    internal NinTransformer(IHostEnvironment env, NinModelParameters model, string featureColumnName)
    {
        host = env.Register(LoaderSignature);
        (Model, FeatureColumnName, FeatureColumnType) = (model, featureColumnName, ImageLayouts.TypeOf(model.ImageLayout));
    }

    /// <summary>What the training learnt.</summary>
    public NinModelParameters Model { get; }

    /// <inheritdoc/>
    public string FeatureColumnName { get; }

    /// <summary>Type of the features column of the training; a column to score must have the same.</summary>
    public DataViewType FeatureColumnType { get; }

    bool ITransformer.IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => ScorerFor(inputSchema).Output;

    /// <summary>The data with its scores, computed as it is read.</summary>
    /// <param name="input">Rows with the features column the model was trained on.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no features column of the type <see cref="FeatureColumnType"/>.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new BatchedView(ScorerFor(input.Schema), input);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new NinRowMapper(ScorerFor(inputSchema), this);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ctx.SaveBinaryStream(ModelStream, writer => Model.Write(writer.BaseStream, FeatureColumnName));
        ctx.SaveBinaryStream(ClassesStream, writer => Model.Classes.Save(host, writer.BaseStream));
    }

    /// <summary>Disposes the model.</summary>
    public void Dispose() => Model.Dispose();

    // Found and called by ML.NET's loader.
    private static NinTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        ModelDescription? description = null;
        LabelClasses? classes = null;
        Network.NinNetwork? network = null;
        try
        {
            ctx.TryLoadBinaryStream(ModelStream, reader => (description, network) = ModelEntry.Read(reader.BaseStream));
            if (description is null || network is null)
                throw new InvalidDataException($"The model zip has no entry '{ModelStream}'. Get a whole copy of it.");
            ctx.TryLoadBinaryStream(ClassesStream, reader => classes = LabelClasses.Load(env, reader.BaseStream, description.Architecture.Classes));
            if (classes is null || classes.Count != description.Architecture.Classes)
                throw new InvalidDataException($"The model zip's entry '{ClassesStream}' holds {classes?.Count ?? 0} classes: expected {description.Architecture.Classes}. Get a whole copy of it.");
            var model = new NinModelParameters(
                network, description.Normalization, description.ImageLayout, description.ResizeTo, description.Precision, description.ScoringBatchSize, classes, description.History);
            return new NinTransformer(env, model, description.FeatureColumnName);
        }
        catch
        {
            network?.Dispose();
            throw;
        }
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "NINTRANS",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(NinTransformer).Assembly.FullName);

    private BoundModel ScorerFor(DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return new BoundModel(Model, schema, FeatureColumnName);
    }
}
