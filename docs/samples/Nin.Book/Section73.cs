using Microsoft.ML;
using Nin.MLNet;

namespace Nin.Book;

/// <summary>Section 7.3 of the book, Network in Network.</summary>
public static class Section73
{
    /// <summary>7.3.1: a NiN block.</summary>
    public static void Block()
    {
        var block = new NinBlock(outChannels: 96, kernelSize: 11, stride: 4, padding: 0);
        Console.WriteLine($"{block.Channels.Count} convolutions, {block.OutChannels} channels out");
    }

    /// <summary>7.3.2: the model.</summary>
    public static void Model()
    {
        var pooling = new NinPooling(NinPoolingKind.Max, 3, 2);
        var net = new NinArchitecture(inputChannels: 1,
        [
            new NinBlock(96, 11, 4, 0) { Pooling = pooling },
            new NinBlock(256, 5, 1, 2) { Pooling = pooling },
            new NinBlock(384, 3, 1, 1) { Pooling = pooling, Dropout = 0.5 },
            new NinBlock(10, 3, 1, 1),
        ]);
        Console.WriteLine($"{net.ParameterCount:N0} parameters, the same as D2L(): {net.ToString() == NinArchitecture.D2L().ToString()}");
    }

    /// <summary>What each layer makes of a 224 x 224 image.</summary>
    public static void Shapes()
    {
        var net = NinArchitecture.D2L();
        Console.WriteLine(net.Summarize(height: 224, width: 224));
    }

    /// <summary>7.3.3: training.</summary>
    public static void Training(int side, int trainRows, int testRows, int epochs)
    {
        var context = new MLContext(seed: 1);
        var train = FashionMnistFiles.Load(context, "train", trainRows);
        var test = FashionMnistFiles.Load(context, "t10k", testRows);

        var options = NinTrainer.Options.D2L();
        options.ResizeTo = side;
        options.NumberOfEpochs = epochs;
        options.Callbacks = [new EpochPrinter()];
        using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(train);

        var metrics = context.MulticlassClassification.Evaluate(model.Transform(test));
        Console.WriteLine($"test accuracy {metrics.MicroAccuracy:P2}, log-loss {metrics.LogLoss:F3}");
    }

    /// <summary>A block with one 1x1 convolution less.</summary>
    public static void Exercise()
    {
        var slimmer = new NinBlock(channels: [96, 96], kernelSize: 11, stride: 4, padding: 0);
        Console.WriteLine($"{slimmer.Channels.Count} convolutions");
    }
}
