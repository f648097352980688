using Nin.MLNet.Tests.Contract;
using Nin.MLNet.Tests.Training;

namespace Nin.MLNet.Tests.Fitting;

[TestClass]
public sealed class AugmentationMakerTests
{
    [TestMethod]
    public void Fit_EveryAugmentation_IsAppliedAndLogged()
    {
        var plain = Fit(_ => { });
        Assert.AreEqual("Training images are learnt as they are.", plain.Line);
        var seen = new List<double> { plain.Loss };
        foreach (var (set, line) in new (Action<NinTrainer.Options>, string)[]
        {
            (o => o.HorizontalFlip = NinTrainer.Mirroring.On, "mirrored left to right in every second epoch"),
            (o => o.MaxShiftPixels = 2, "shifted by up to 2 pixel(s)"),
            (o => o.MaxRotationDegrees = 7.5, "turned by up to 7.5 degree(s)"),
            (o => o.MaxScaling = 0.1, "made smaller or larger by up to 10 %"),
            (o => o.MaxGammaChange = 1, "given a gamma between 1/2 and 2"),
            // For few grey images.
            (o => o.MaxGammaChange = NinTrainer.Options.Fast().MaxGammaChange, "given a gamma between 1/3 and 3"),
            (o => o.CutMixProbability = 0.25, "mixed with one another (CutMix) with probability 0.25"),
            (o => o.RandomErasingProbability = 0.5, "partly erased with probability 0.5"),
        })
        {
            var fitted = Fit(set);
            Assert.AreEqual($"Training images are {line}.", fitted.Line);
            Assert.DoesNotContain(fitted.Loss, seen, line);
            seen.Add(fitted.Loss);
        }
    }

    private static (string Line, double Loss) Fit(Action<NinTrainer.Options> set)
    {
        var options = SyntheticImages.Quick();
        options.NumberOfEpochs = 1;
        set(options);
        var trained = Trained.On(options);
        var line = trained.Log.Single(message => message.Contains("Training images are", StringComparison.Ordinal));
        return (line[line.IndexOf("Training images", StringComparison.Ordinal)..], trained.History[0].TrainLoss);
    }
}
