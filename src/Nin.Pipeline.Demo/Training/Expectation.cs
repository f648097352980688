using System.Globalization;
using Nin.MLNet;

namespace Nin.Pipeline.Demo.Training;

/// <summary>
/// The test accuracy that the default recipe reached on Fashion-MNIST after a given number of epochs (docs/learning.md), for an
/// announcement.
/// </summary>
internal static class Expectation
{
    private static readonly (double Epochs, double Accuracy)[] Wide = [(3, 0.9238), (10, 0.9385)];

    /// <summary>The same for the narrower network, which the trainer chooses when time is short.</summary>
    private static readonly (double Epochs, double Accuracy)[] Narrow = [(1.9, 0.9113), (10.37, 0.9334)];

    /// <summary>
    /// The end of a sentence: "; expect a test accuracy of about 93.9 %". Interpolated linearly between the measured points over the logarithm of
    /// the epochs.
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
