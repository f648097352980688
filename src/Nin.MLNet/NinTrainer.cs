using Microsoft.ML;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Nin.MLNet;

/// <summary>Trains a Network in Network.</summary>
public sealed partial class NinTrainer : ITrainerEstimator<NinTransformer, NinModelParameters>
{
    internal NinTrainer(IHostEnvironment env, Options options, IDataView? validationSet) { options.Copy().Check(); _ = env; _ = validationSet; Info = new TrainerInfo(normalization: false, caching: false); }
    /// <inheritdoc/>
    public TrainerInfo Info { get; }
    /// <inheritdoc/>
    public NinTransformer Fit(IDataView input) => Fit(input, null);
    /// <summary>Trains.</summary>
    public NinTransformer Fit(IDataView trainData, IDataView? validationData) => throw new NotSupportedException();
    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => throw new NotSupportedException();
}
