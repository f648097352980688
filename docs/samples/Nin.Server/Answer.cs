namespace Nin.Server;

/// <summary>The response to a client.</summary>
/// <param name="Class">The most likely class.</param>
/// <param name="Probabilities">Probability of every class, by class name.</param>
public sealed record Answer(string Class, IReadOnlyDictionary<string, float> Probabilities)
{
    /// <summary>Creates the answer from a model's scores.</summary>
    /// <param name="classes">Class names in the order of the scores.</param>
    /// <param name="scores">Probabilities.</param>
    public static Answer Of(IReadOnlyList<string> classes, float[] scores) =>
        new(classes[Array.IndexOf(scores, scores.Max())], classes.Zip(scores).ToDictionary());
}
