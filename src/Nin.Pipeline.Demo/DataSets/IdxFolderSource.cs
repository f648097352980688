using Microsoft.ML;

namespace Nin.Pipeline.Demo.DataSets;

/// <summary>The Fashion-MNIST that ships with the demo, or a folder of four IDX files with MNIST's file names.</summary>
/// <param name="directory">The folder; null: the one that ships with the demo.</param>
internal sealed class IdxFolderSource(string? directory) : IImageSource
{
    // The test images have their own files: there is nothing to draw.
    public DataSet Load(MLContext context, Portion portion) => FashionMnist.Load(
        context, directory, trainRows: portion.TrainRows, testRows: portion.TestRows, holdOut: portion.HoldOut,
        testsOnAll: portion.TestsOnAll);
}
