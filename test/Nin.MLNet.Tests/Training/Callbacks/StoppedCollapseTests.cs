using Nin.MLNet.Native;
using Nin.MLNet.Network;
using Nin.MLNet.Tests.Contract;

namespace Nin.MLNet.Tests.Training.Callbacks;

/// <summary>Trainings that a callback stops in the step that kills the network.</summary>
[TestClass]
public sealed class StoppedCollapseTests
{
    [TestMethod]
    public void Fit_StoppedAtTheFirstCollapse_DoesNotReturnWeightsThatLearntNothing()
    {
        var options = SyntheticImages.Quick();
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            Poison(training);
            training.Stop();
        }));
        var error = Assert.ThrowsExactly<NinTrainingCollapsedException>(() => Trained.On(options));
        Assert.IsNull(error.BestModel);
    }

    // It learns nothing in its first epoch, because each step is taken back; twice it goes back to that epoch's weights. The third time
    // it would draw new ones.
    [TestMethod]
    public void Fit_StoppedWhereNewWeightsWouldBeDrawn_GivesTheGoodOnesBack()
    {
        var options = SyntheticImages.Quick();
        options.ValidationSetFraction = 0;
        WeightSnapshot? start = null;
        var deaths = 0;
        options.Callbacks.Add(new AtStart(training => start = training.Run.Network.Snapshot()));
        options.Callbacks.Add(NinCallback.AfterStep(training =>
        {
            if (training.Epoch == 1)
            {
                training.Run.Network.Restore(start!);
                return;
            }

            Poison(training);
            if (++deaths == 3)
                training.Stop();
        }));
        var error = Assert.ThrowsExactly<NinTrainingCollapsedException>(() => Trained.On(options));
        start!.Dispose();
        Assert.AreEqual(3, deaths);
        using var best = error.BestModel;
        Assert.IsNotNull(best);
        Assert.IsTrue(Trained.WeightsOf(best).All(float.IsFinite));
    }

    private static void Poison(NinTrainingContext training)
    {
        using var _ = TorchSharp.torch.no_grad();
        training.Run.Network.Parameters.FillInPlace(double.NaN);
    }
}
