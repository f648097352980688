using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;
using Nin.MLNet;

namespace Nin.Server;

/// <summary>A model zip whose pipeline leads from a column "Image" to Trainers.Nin.</summary>
public sealed class NinImageModel : IImageModel
{
    private readonly MLContext context = new();
    private readonly ITransformer pipeline;
    private readonly NinTransformer network;

    // An engine serves one thread at a time; there will be as many engines as threads that predict at once.
    private readonly ConcurrentBag<PredictionEngine<Row, Scored>> idle = [];

    private NinImageModel(string zip)
    {
        var loaded = context.Model.Load(zip, out _);
        List<ITransformer> steps = [.. Flatten(loaded)];
        network = steps.OfType<NinTransformer>().SingleOrDefault()
            ?? throw new InvalidDataException($"'{zip}' holds no model of Trainers.Nin.");
        // For small images that arrive one at a time, this is faster than bfloat16.
        network.ScoringPrecision = NinTrainer.Precision.Float32;
        // Only training needs paths and labels.
        steps.RemoveAll(step => step is ImageLoadingTransformer or ValueToKeyMappingTransformer);
        if (!steps.OfType<ImageResizingTransformer>().Any())
        {
            var resize = context.Transforms.ResizeImages(nameof(Row.Image), Shape.Width, Shape.Height);
            steps.Insert(0, resize.Fit(context.Data.LoadFromEnumerable<Row>([])));
        }

        pipeline = new TransformerChain<ITransformer>([.. steps]);
    }

    private NinImageShape Shape => network.Model.ImageLayout.Shape;

    /// <summary>A model ready to answer.</summary>
    /// <exception cref="InvalidDataException">The zip holds no model of Trainers.Nin.</exception>
    public static NinImageModel Load(string zip)
    {
        var model = new NinImageModel(zip);
        // The first prediction prepares the network: no request should have to wait for that.
        var (_, height, width) = model.Shape;
        using var blank = MLImage.CreateFromPixels(width, height, MLPixelFormat.Bgra32, new byte[width * height * 4]);
        model.Predict(blank);
        return model;
    }

    public Answer Predict(MLImage image)
    {
        if (!idle.TryTake(out var engine))
            engine = context.Model.CreatePredictionEngine<Row, Scored>(pipeline, new PredictionEngineOptions { OwnsTransformer = false });
        var scores = engine.Predict(new Row { Image = image }).Score;
        idle.Add(engine);
        return Answer.Of(network.Model.ClassNames, scores);
    }

    public void Dispose() => network.Dispose();

    /// <summary>The steps of a pipeline. One that was appended as a whole is a chain in the chain.</summary>
    private static IEnumerable<ITransformer> Flatten(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Flatten) : [model];

    private sealed class Row
    {
        // ML.NET requires a size here, but images may have any size, because ResizeImages accepts them as they are.
        [ImageType(1, 1)]
        public MLImage? Image { get; set; }
    }

    private sealed class Scored
    {
        public float[] Score { get; set; } = [];
    }
}
