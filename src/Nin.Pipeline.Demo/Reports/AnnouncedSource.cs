using Microsoft.ML;
using Nin.Pipeline.Demo.DataSets;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Reports;

/// <summary>
/// The images that a command works on. Tells what their source leaves out, once: all trainings of a command read the same files.
/// </summary>
internal sealed class AnnouncedSource(IImageSource source)
{
    private bool isTold;

    /// <summary>Loads the images, as <see cref="IImageSource.Load"/> does.</summary>
    public DataSet Load(MLContext context, Portion portion, IAnsiConsole console)
    {
        var data = source.Load(context, portion);
        if (!isTold)
            FailureReport.PrintLeftOut(console, data.Failures);
        isTold = true;
        return data;
    }
}
