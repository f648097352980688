using Microsoft.ML;
using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Scoring;

namespace Nin.Pipeline.Demo.Training;

/// <summary>A trained model that a training starts from (warm start).</summary>
internal static class StartingPoint
{
    /// <summary>Name of the model that ships with the demo; data/fashion-mnist/README.md says how it was made.</summary>
    public const string Shipped = "fashion-mnist";

    /// <summary>Reads a model; the caller disposes it after the training.</summary>
    /// <param name="context">Reads it.</param>
    /// <param name="name"><see cref="Shipped"/> or a path; null: no starting model.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is not a model with a Network in Network.</exception>
    public static SavedModel? Load(MLContext context, string? name) => name is null
        ? null
        : SavedModel.Load(context, name == Shipped ? Path.Combine(FashionMnist.ShippedDirectory, "nin-fashion-mnist.zip") : name);
}
