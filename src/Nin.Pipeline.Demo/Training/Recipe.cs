using Nin.MLNet;

namespace Nin.Pipeline.Demo.Training;

/// <summary>The library's ready recipes.</summary>
internal enum Recipe
{
    Fast,
    Best,
    D2L,
}

internal static class RecipeOptions
{
    /// <summary>Default minutes of the fast recipe.</summary>
    private const double OpenMinutes = 5;

    /// <summary>Up to this many images, five minutes would be hundreds of epochs.</summary>
    private const int Few = 10_000;

    /// <summary>Returns the settings, with a training length filled in if the user gave none.</summary>
    /// <param name="settings">What the user asked for.</param>
    /// <param name="images">Number of training images.</param>
    public static JobSettings WithLength(JobSettings settings, int images)
    {
        if (settings is not { Recipe: Recipe.Fast, Epochs: null, Minutes: null } || Training.Knobs.SetLength(settings.Knobs))
            return settings;
        return images > Few ? settings with { Minutes = OpenMinutes } : settings;
    }

    /// <summary>The trainer's options for a job, without the callbacks that watch it.</summary>
    /// <param name="settings">What the user asked for.</param>
    /// <param name="flipIsHarmless">Whether images are known to mean the same when mirrored; if not, the training finds out.</param>
    public static NinTrainer.Options For(JobSettings settings, bool flipIsHarmless)
    {
        var options = settings.Recipe switch
        {
            Recipe.D2L => NinTrainer.Options.D2L(),
            Recipe.Best => NinTrainer.Options.Best(),
            _ => NinTrainer.Options.Fast(),
        };
        if (settings is { Width: not null, Recipe: Recipe.D2L })
            throw new ArgumentException($"--width {settings.Width}: the book's network has one size; take the recipe fast or best.");
        if (settings is { Width: { } width, Recipe: Recipe.Best })
            options.Architecture = (channels, classes) => NinArchitecture.Deep(channels, classes, width);
        else if (settings.Width is { } small)
            options.Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, small);
        if (settings is { Width: { } unused, StartFrom: { } start })
            throw new ArgumentException($"--width {unused} and --start-from {start}: that model's network has its width already.");
        options.NumberOfEpochs = settings.Epochs ?? options.NumberOfEpochs;
        options.TimeBudget = settings.Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null;
        if (!flipIsHarmless && options.HorizontalFlip == NinTrainer.Mirroring.On)
            options.HorizontalFlip = NinTrainer.Mirroring.Auto;
        options.Precision = settings.Precision;
        options.CheckpointPath = settings.Checkpoint;
        options.Seed = settings.Seed;
        Training.Knobs.Set(options, settings.Knobs);
        return options;
    }
}
