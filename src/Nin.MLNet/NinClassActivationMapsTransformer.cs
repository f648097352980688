using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Nin.MLNet;
using Nin.MLNet.Hosting;
using Nin.MLNet.Scoring;

[assembly: LoadableClass(
    typeof(NinClassActivationMapsTransformer), null, typeof(SignatureLoadModel), "Class Activation Maps",
    NinClassActivationMapsTransformer.LoaderSignature)]

namespace Nin.MLNet;

/// <summary>
/// Adds the class activation maps of a Network in Network, which show where in its image it found each class. Made by
/// <c>mlContext.Transforms.CalculateClassActivationMaps(...)</c>. Runs one forward pass per batch in <see cref="Transform"/> and one per
/// row in a prediction engine; many threads may use it at once.
/// </summary>
public sealed class NinClassActivationMapsTransformer : ITransformer, IDisposable
{
    internal const string LoaderSignature = "NinClassActivationMaps";
    private const string NetworkFolder = "Network";
    private readonly IHost host;
    private readonly bool ownsModel, predictedClassOnly, resizeToImage;

    internal NinClassActivationMapsTransformer(
        IHostEnvironment env, NinTransformer network, bool ownsModel, string outputColumnName, bool predictedClassOnly, bool resizeToImage)
    {
        host = env.Register(LoaderSignature);
        (PredictionTransformer, OutputColumnName) = (network, outputColumnName);
        (this.ownsModel, this.predictedClassOnly, this.resizeToImage) = (ownsModel, predictedClassOnly, resizeToImage);
    }

    /// <summary>The network that the maps come from; its batch size, threads and device apply to the maps too.</summary>
    public NinTransformer PredictionTransformer { get; }

    /// <summary>Column of the maps.</summary>
    public string OutputColumnName { get; }

    private MapColumns Columns => new(
        PredictionTransformer.Model, OutputColumnName, predictedClassOnly, resizeToImage, PredictionTransformer.ScoringMirrorImages);

    bool ITransformer.IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema).Output;

    /// <summary>The data with its maps, which are computed as it is read.</summary>
    /// <param name="input">Rows with the features column the network was trained on.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no features column of the network's type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new BatchedView(Bind(input.Schema), this, input);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new NinRowMapper(Bind(inputSchema), this);

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        host.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel();
        ctx.SetVersionInfo(GetVersionInfo());
        ctx.SaveNonEmptyString(OutputColumnName);
        ctx.Writer.Write(predictedClassOnly);
        ctx.Writer.Write(resizeToImage);
        ctx.SaveModel(PredictionTransformer, NetworkFolder);
    }

    /// <summary>
    /// Disposes the network if this transformer was loaded with its own copy. Otherwise the network belongs to whoever trained or loaded
    /// it.
    /// </summary>
    public void Dispose()
    {
        if (ownsModel)
            PredictionTransformer.Dispose();
    }

    /// <summary>The column of the maps as an estimator declares it.</summary>
    internal SchemaShape.Column AddedShape() => SchemaShapes.Of(Columns.AppendTo(new DataViewSchema.Builder().ToSchema())).Single();

    // Found and called by ML.NET's loader.
    private static NinClassActivationMapsTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Contracts.CheckValue(env, nameof(env));
        env.CheckValue(ctx, nameof(ctx));
        ctx.CheckAtModel(GetVersionInfo());
        var outputColumnName = ctx.LoadNonEmptyString();
        var (predictedClassOnly, resizeToImage) = (ctx.Reader.ReadBoolean(), ctx.Reader.ReadBoolean());
        ctx.LoadModel<NinTransformer, SignatureLoadModel>(env, out var network, NetworkFolder);
        return new NinClassActivationMapsTransformer(
            env, network, ownsModel: true, outputColumnName, predictedClassOnly, resizeToImage);
    }

    private static VersionInfo GetVersionInfo() => new(
        modelSignature: "NINCAMAP",
        verWrittenCur: 0x00010001,
        verReadableCur: 0x00010001,
        verWeCanReadBack: 0x00010001,
        loaderSignature: LoaderSignature,
        loaderAssemblyName: typeof(NinClassActivationMapsTransformer).Assembly.FullName);

    private BoundModel Bind(DataViewSchema schema) => PredictionTransformer.Bind(schema, Columns);
}
