using System.CommandLine;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>The demo's command line. Each command has its own file and one line here.</summary>
internal static class DemoCommands
{
    public static RootCommand Create(IAnsiConsole console, CancellationToken cancellation)
    {
        var root = new RootCommand(
            "Trains a Network in Network inside ML.NET, evaluates it, saves it, loads it back and predicts: " +
            "on Fashion-MNIST, or on your own images.");
        TrainCommand.FillRoot(root, console, cancellation);
        root.Add(TrainCommand.Create(console, cancellation));
        root.Add(TrainCommand.CreateShort(console, cancellation));
        root.Add(EvaluateCommand.Create(console, cancellation));
        root.Add(PredictCommand.Create(console, cancellation));
        root.Add(ExplainCommand.Create(console, cancellation));
        root.Add(ExportCommand.Create(console));
        root.Add(SummaryCommand.Create(console));
        root.Add(ReportCommand.Create(console, cancellation));
        root.Add(FindLearningRateCommand.Create(console, cancellation));
        root.Add(SeedsCommand.Create(console, cancellation));
        root.Add(CompareCommand.Create(console, cancellation));
        root.Add(SizesCommand.Create(console, cancellation));
        root.Add(CollapseCommand.Create(console, cancellation));
        ExamplesHelp.AddTo(
            root,
            "                                    five minutes on Fashion-MNIST",
            "train --folder photos --out model   on your own images",
            "predict model/nin.zip new-photos    the class of each image",
            "evaluate model/nin.zip --folder photos",
            "explain model/nin.zip new-photos    where in each image it saw its class",
            "export model/nin.zip                the network as ONNX",
            "train --help");
        return root;
    }
}
