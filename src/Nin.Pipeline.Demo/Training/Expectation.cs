using System.Globalization;
using Nin.MLNet;

namespace Nin.Pipeline.Demo.Training;

/// <summary>
/// The test accuracy that the default recipe reached on Fashion-MNIST after a given number of epochs (docs/learning.md), for an
/// announcement.
/// </summary>
internal static class Expectation
{
    private static readonly (double Epochs, double Accuracy)[] Wide =
        [(1, 0.9072), (7.44, 0.9423), (14.25, 0.9460), (132.7, 0.9507)];

    /// <summary>The same for the narrower network, which the trainer chooses when time is short.</summary>
    private static readonly (double Epochs, double Accuracy)[] Narrow =
        [(2.73, 0.9162), (6.03, 0.9292), (12.95, 0.9352)];

    /// <summary>
    /// The end of a sentence: "; expect a test accuracy of about 93.9 %". Interpolates linearly between the measured points over the
    /// logarithm of the epochs.
    /// </summary>
    public static string After(double epochs, NinArchitecture network)
    {
        var measured = network.ParameterCount < NinArchitecture.Small().ParameterCount ? Narrow : Wide;
        if (epochs < measured[0].Epochs)
            return "";
        var next = Math.Max(1, Array.FindIndex(measured, point => point.Epochs >= epochs));
        var (from, to) = (measured[next - 1], measured[next]);
        var share = epochs >= measured[^1].Epochs ? 1 : Math.Log(epochs / from.Epochs) / Math.Log(to.Epochs / from.Epochs);
        var accuracy = epochs >= measured[^1].Epochs ? measured[^1].Accuracy : from.Accuracy + (share * (to.Accuracy - from.Accuracy));
        return string.Create(CultureInfo.InvariantCulture, $"; expect a test accuracy of about {accuracy:0.0 %}");
    }
}
