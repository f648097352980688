namespace Nin.Pipeline.Demo.Reports;

/// <summary>The cost of a network for one image.</summary>
internal readonly record struct NetworkCost(long Parameters, long MultiplyAdds);

/// <summary>
/// The networks that the book compares with Network in Network, as the book builds them: their costs, added up from their layers.
/// </summary>
internal static class PeerNetworks
{
    /// <summary>AlexNet as in section 8.1.2.</summary>
    public static NetworkCost AlexNet(int channels = 1, int classes = 10, int side = 224) => new Counter(channels, side)
        .Convolution(96, 11, 4, 1).Pool(3, 2)
        .Convolution(256, 5, 1, 2).Pool(3, 2)
        .Convolution(384, 3, 1, 1)
        .Convolution(384, 3, 1, 1)
        .Convolution(256, 3, 1, 1).Pool(3, 2)
        .FullyConnected(4096).FullyConnected(4096).FullyConnected(classes)
        .Cost;

    /// <summary>VGG-11 as in section 8.2.2.</summary>
    public static NetworkCost Vgg11(int channels = 1, int classes = 10, int side = 224) => new Counter(channels, side)
        .Convolution(64, 3, 1, 1).Pool(2, 2)
        .Convolution(128, 3, 1, 1).Pool(2, 2)
        .Convolution(256, 3, 1, 1).Convolution(256, 3, 1, 1).Pool(2, 2)
        .Convolution(512, 3, 1, 1).Convolution(512, 3, 1, 1).Pool(2, 2)
        .Convolution(512, 3, 1, 1).Convolution(512, 3, 1, 1).Pool(2, 2)
        .FullyConnected(4096).FullyConnected(4096).FullyConnected(classes)
        .Cost;

    /// <summary>
    /// Follows one square image through the layers; ReLU, dropout and pooling count as no parameters and no multiply-adds.
    /// </summary>
    private readonly record struct Counter(long Channels, long Side)
    {
        public NetworkCost Cost { get; private init; }

        public Counter Convolution(long channels, long kernel, long stride, long padding)
        {
            var side = ((Side + (2 * padding) - kernel) / stride) + 1;
            var weights = Channels * channels * kernel * kernel;
            return new Counter(channels, side)
            {
                Cost = new NetworkCost(Cost.Parameters + weights + channels, Cost.MultiplyAdds + (weights * side * side)),
            };
        }

        public Counter Pool(long kernel, long stride) => this with { Side = ((Side - kernel) / stride) + 1 };

        // A fully connected layer is a convolution whose kernel covers the whole image.
        public Counter FullyConnected(long units) => Convolution(units, Side, 1, 0);
    }
}
