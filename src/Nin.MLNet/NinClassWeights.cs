using System.Collections;
using System.Runtime.CompilerServices;

namespace Nin.MLNet;

/// <summary>
/// Weight of each class in the loss: given one by one (<c>options.ClassWeights = [1, 1, 0.5]</c>), or <see cref="Balanced"/>. An example's
/// loss, smoothed or not, is multiplied by the weight of its label's class.
/// </summary>
[CollectionBuilder(typeof(NinClassWeights), nameof(Create))]
public sealed class NinClassWeights : IReadOnlyList<double>
{
    private readonly double[] values;

    private NinClassWeights(double[] values) => this.values = values;

    /// <summary>
    /// Weights each class by the inverse of its frequency in the training data, so that all classes have the same total weight.
    /// </summary>
    public static NinClassWeights Balanced { get; } = new([]);

    /// <summary>Number of given weights; 0 for <see cref="Balanced"/>.</summary>
    public int Count => values.Length;

    /// <summary>Weight of the class at this position in the label's key order.</summary>
    /// <param name="index">Index of the class, from 0.</param>
    public double this[int index] => values[index];

    /// <summary>One weight for each class, in the label's key order; finite and 0 or more, at least one above 0.</summary>
    /// <param name="weights">The weights.</param>
    /// <exception cref="ArgumentException">There is no weight, one is negative, infinite or NaN, or all are 0.</exception>
    public static NinClassWeights Create(ReadOnlySpan<double> weights)
    {
        var values = weights.ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            if (!(values[i] >= 0) || double.IsInfinity(values[i]))
                throw new ArgumentException(
                    FormattableString.Invariant($"ClassWeights[{i}] is {values[i]}: it must be finite and at least 0."),
                    nameof(weights));
        }

        return values.Any(value => value > 0)
            ? new NinClassWeights(values)
            : throw new ArgumentException(
                "ClassWeights must give at least one class a weight above 0: otherwise nothing is learnt.", nameof(weights));
    }

    /// <inheritdoc/>
    public IEnumerator<double> GetEnumerator() => values.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() =>
        this == Balanced ? nameof(Balanced) : string.Join(' ', values.Select(value => FormattableString.Invariant($"{value}")));
}
