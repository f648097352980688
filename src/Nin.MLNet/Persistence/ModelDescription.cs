using Nin.MLNet.Network;

namespace Nin.MLNet.Persistence;

/// <summary>Everything in a model except its weights and the typed label values.</summary>
internal sealed record ModelDescription(
    NinArchitecture Architecture,
    Normalization Normalization,
    NinImageLayout ImageLayout,
    int? ResizeTo,
    NinTrainer.Precision Precision,
    string FeatureColumnName,
    IReadOnlyList<NinEpoch> History,
    double Temperature = 1);
