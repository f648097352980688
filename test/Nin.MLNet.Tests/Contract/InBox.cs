using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Nin.MLNet.Tests.Contract;

/// <summary>ML.NET's own trainers, which ours is compared with.</summary>
internal static class InBox
{
    private static readonly MethodInfo IsMarkedMethod =
        typeof(IHostEnvironment).Assembly.GetType("Microsoft.ML.Runtime.Contracts", throwOnError: true)!
            .GetMethod("IsMarked", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)!;

    public static IEstimator<ITransformer> Sdca(
        MLContext context, string features = "Features", string label = "Label", string? weight = null) =>
        context.MulticlassClassification.Trainers.SdcaMaximumEntropy(label, features, weight, maximumNumberOfIterations: 3);

    public static IEstimator<ITransformer> Lbfgs(
        MLContext context, string features = "Features", string label = "Label", string? weight = null) =>
        context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(label, features, weight);

    /// <summary>Whether an exception carries ML.NET's own mark.</summary>
    public static bool IsMarked(Exception error) => (bool)IsMarkedMethod.Invoke(null, [error])!;

    /// <summary>What an action throws, if anything.</summary>
    public static Exception? Thrown(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }
}
