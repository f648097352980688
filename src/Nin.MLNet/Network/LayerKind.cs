namespace Nin.MLNet.Network;

/// <summary>The kinds of layer a Network in Network is made of.</summary>
internal enum LayerKind
{
    Convolution,
    BatchNorm,
    ReLU,
    MaxPool,
    AveragePool,
    Dropout,
    GlobalAveragePool,
    Flatten,
}
