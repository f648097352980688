namespace Nin.Server;

/// <summary>What a client gets.</summary>
/// <param name="Class">The likeliest class.</param>
/// <param name="Probabilities">Of every class, by its name.</param>
public sealed record Answer(string Class, IReadOnlyDictionary<string, float> Probabilities)
{
    /// <summary>The answer that a model's scores amount to.</summary>
    /// <param name="classes">Names in the order of the scores.</param>
    /// <param name="scores">Probabilities.</param>
    public static Answer Of(IReadOnlyList<string> classes, float[] scores) =>
        new(classes[Array.IndexOf(scores, scores.Max())], classes.Zip(scores).ToDictionary());
}
