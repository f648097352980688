using Nin.Pipeline.Demo.DataSets;
using Nin.Pipeline.Demo.Reports;
using Nin.Pipeline.Demo.Training;

namespace Nin.MLNet.Tests.Demo;

[TestClass]
public sealed class KnobsFromTextTests
{
    [TestMethod]
    public void Set_NumbersSwitchesAndNames_ReachTheOptions()
    {
        var options = new NinTrainer.Options();
        Knobs.Set(options, ["maxshiftpixels=3", "LabelSmoothing=0.25", "HorizontalFlip=auto", "Schedule=Cosine", "MaxGradientNorm=4"]);
        Assert.AreEqual(
            (3, 0.25, NinTrainer.Mirroring.Auto, NinTrainer.Schedule.Cosine, 4.0),
            (options.MaxShiftPixels, options.LabelSmoothing, options.HorizontalFlip, options.Schedule, options.MaxGradientNorm));
    }

    [TestMethod]
    [DataRow("LabelSmoothing=0.25", 5.0)]
    [DataRow("NumberOfEpochs=3", null)]
    [DataRow("numberofsteps=6683", null)]
    public void WithLength_ManyImages_AddsFiveMinutesUnlessAKnobSaysHowLong(string knob, double? minutes)
    {
        var settings = new JobSettings { Source = new AnnouncedSource(new IdxFolderSource(null)), Knobs = [knob] };
        Assert.AreEqual(minutes, RecipeOptions.WithLength(settings, 60_000).Minutes);
    }

    [TestMethod]
    [DataRow("Shfit=3", "MaxShiftPixels")]
    [DataRow("MaxShiftPixels", "expected Name=Value")]
    [DataRow("Architecture=Small", "Optimizer")]
    [DataRow("validationSetFraction=0.1", "the commands validate on the test images or not at all")]
    [DataRow("CalibrateTemperature=true", "fitted by the images on which the figures are measured")]
    [DataRow("Seed=5", "there is an option --seed")]
    [DataRow("MaxShiftPixels=two", "MaxShiftPixels cannot be \"two\"")]
    [DataRow("Optimizer=Lion", "Sgd, AdamW")]
    public void Set_WhatIsNoKnobOrNoValue_SaysWhatIs(string assignment, string part)
    {
        var thrown = Assert.ThrowsExactly<ArgumentException>(() => Knobs.Set(new NinTrainer.Options(), [assignment]));
        StringAssert.Contains(thrown.Message, part, StringComparison.Ordinal);
    }
}
