using Microsoft.ML.Data;

namespace Nin.Book;

/// <summary>A row of Fashion-MNIST.</summary>
public sealed class GreyImage
{
    /// <summary>Its class: t-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot.</summary>
    [KeyType(10)]
    public uint Label { get; set; }

    /// <summary>One channel of 28 x 28 pixels, 0 to 255.</summary>
    [VectorType(1, 28, 28)]
    public float[] Features { get; set; } = [];
}
