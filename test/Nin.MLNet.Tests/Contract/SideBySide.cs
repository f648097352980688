using Microsoft.ML;
using Microsoft.ML.Data;

namespace Nin.MLNet.Tests.Contract;

/// <summary>A NiN and one of ML.NET's own models, trained on the same rows: both must behave the same.</summary>
internal static class SideBySide
{
    public static readonly MLContext Context = new(1);

    private static readonly Lazy<(string Name, ITransformer Model)[]> Trained = new(() =>
    {
        var data = SyntheticImages.Keyed(Context, 90);
        return
        [
            ("SDCA", Context.MulticlassClassification.Trainers.SdcaMaximumEntropy(maximumNumberOfIterations: 5).Fit(data)),
            ("NiN", Context.MulticlassClassification.Trainers.Nin(SyntheticImages.Quick()).Fit(data)),
        ];
    });

    /// <summary>The two models, which are never disposed.</summary>
    public static IReadOnlyList<(string Name, ITransformer Model)> Models => Trained.Value;

    /// <summary>Runs an action on both models and asserts that the outcomes are equal.</summary>
    /// <returns>The common outcome.</returns>
    public static T Same<T>(Func<ITransformer, T> act)
    {
        var outcomes = Models.Select(entry => (entry.Name, Outcome: act(entry.Model))).ToList();
        Assert.AreEqual(outcomes[0].Outcome, outcomes[1].Outcome, $"{outcomes[0].Name} and {outcomes[1].Name} differ");
        return outcomes[1].Outcome;
    }

    /// <summary>The type of what an action throws, or null.</summary>
    public static Type? Thrown(Action act)
    {
        try
        {
            act();
            return null;
        }
        catch (Exception e)
        {
            return e.GetType();
        }
    }

    public static ValueGetter<VBuffer<float>> ScoreOf(DataViewRow row) => row.GetGetter<VBuffer<float>>(row.Schema["Score"]);
}
