using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using Nin.MLNet.Native;
using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Tests.Training;

namespace Nin.MLNet.Tests.Mpi;

/// <summary>What a rank started by a test does: it trains on the synthetic images and fails in the way the test asks for.</summary>
internal static class RankProgram
{
    public const string Argument = "--rank";

    /// <param name="arguments">Folder for results, batch size, epochs and more: see below.</param>
    public static int Run(string[] arguments)
    {
        var (folder, batch, epochs, kind) = (arguments[0], Number(arguments[1]), Number(arguments[2]), arguments[3]);
        try
        {
            NativeTorch.EnsureLoaded();
            var options = Options(batch, epochs);
            options.CheckpointPath = kind is "checkpoint" or "killed" or "alone" ? Path.Combine(folder, "state") : null;
            options.Distributed = kind == "alone" ? null : NinDistributed.Mpi();
            var rank = options.Distributed?.Rank ?? 0;
            if (kind == "differing" && rank == 1)
                options.LearningRate *= 2;
            if (kind == "throwing")
                options.Callbacks.Add(NinCallback.AfterStep(_ => throw new InvalidTimeZoneException("the callback's own")));
            if (kind == "killed" && rank == 1)
                KillOnceThereIs(options.CheckpointPath!);
            if (kind == "leaving" && rank == 1)
                return 5;
            var context = new MLContext(1);
            context.Log += (_, e) =>
            {
                if (e.Kind >= ChannelMessageKind.Info)
                    Console.WriteLine($"[{rank}] {e.RawMessage}");
            };
            using var model = context.MulticlassClassification.Trainers.Nin(options).Fit(SyntheticImages.Keyed(context, 161));
            File.WriteAllBytes(
                Path.Combine(folder, $"weights{rank}"), MemoryMarshal.AsBytes(Trained.WeightsOf(model).AsSpan()).ToArray());
            return 0;
        }
        catch (Exception e) when (kind != "throwing")
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return 1;
        }
    }

    /// <summary>No augmentation, no batch norm, float32, and a learning rate at which rounding errors do not grow.</summary>
    public static NinTrainer.Options Options(int batch, int epochs)
    {
        var options = SyntheticImages.Quick();
        // A channel count that our own convolution does not support: its larger rounding errors grow beyond 1e-5 in 50 steps.
        options.Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 9) with { BatchNorm = false };
        (options.LearningRate, options.NumberOfEpochs, options.BatchSize) = (0.0003, epochs, batch);
        (options.ValidationSetFraction, options.RestoreBestWeights, options.Threads) = (0, false, 1);
        return options;
    }

    private static void KillOnceThereIs(string file) => new Thread(() =>
    {
        while (!File.Exists(file))
            Thread.Sleep(1);
        using var self = Process.GetCurrentProcess();
        self.Kill();
    })
    { IsBackground = true }.Start();

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
