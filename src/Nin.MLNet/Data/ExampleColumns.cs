namespace Nin.MLNet.Data;

/// <summary>The columns that hold the examples, with the image layout and the number of classes.</summary>
/// <param name="Features">Column of the images.</param>
/// <param name="Label">Column of the label, of key type.</param>
/// <param name="Weight">Column of the example weights, or null.</param>
/// <param name="Layout">How the features column holds an image.</param>
/// <param name="Classes">Number of classes: the key type's count.</param>
internal sealed record ExampleColumns(string Features, string Label, string? Weight, NinImageLayout Layout, int Classes)
{
    /// <summary>What to do with a row from which nothing can be learnt.</summary>
    public NinTrainer.BadRowAction OnBadRow { get; init; }

    public NinImageShape Shape => Layout.Shape;
}
