namespace Nin.MLNet.Data;

/// <summary>The columns that hold the examples, with the shape and the classes their types tell.</summary>
/// <param name="Features">Column of the images.</param>
/// <param name="Label">Column of the label, of key type.</param>
/// <param name="Weight">Column of the example weights, or null.</param>
/// <param name="Shape">Shape of one image.</param>
/// <param name="Classes">Number of classes: the key type's count.</param>
internal sealed record ExampleColumns(string Features, string Label, string? Weight, NinImageShape Shape, int Classes);
