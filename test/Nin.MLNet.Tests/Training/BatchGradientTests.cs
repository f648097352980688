using Nin.MLNet.Network;
using Nin.MLNet.Training;
using static TorchSharp.torch;

namespace Nin.MLNet.Tests.Training;

[TestClass]
public sealed class BatchGradientTests
{
    private const int Images = 8, Classes = 3, Side = 12;

    [TestMethod]
    [DataRow(3UL, false)]
    [DataRow(4UL, true)]
    [DataRow(5UL, true)]
    public void Add_MixedImages_CountsBothLabelsByTheirShares(ulong seed, bool weighted)
    {
        using var scope = NewDisposeScope();
        var settings = new TrainingSettings
        {
            Normalization = new Normalization([0], [1]),
            Seed = 1,
            ClassShares = [1.0 / 3, 1.0 / 3, 1.0 / 3],
            BatchSize = Images,
            Threads = 1,
            CutMixProbability = 1,
            Precision = NinTrainer.Precision.Float32,
        };
        using var network = new NinNetwork(NinArchitecture.Small(1, Classes, 8), CPU);
        WeightInitialization.Apply(network, NinTrainer.Initialization.Kaiming, 1);
        using var gradient = new BatchGradient(settings, network);
        gradient.Seed(_ => seed);
        var labels = tensor([0, 1, 2, 0, 1, 2, 0, 1], dtype: ScalarType.Int64);
        var weights = weighted ? tensor([1f, 2f, 0.5f, 3f, 1f, 1f, 4f, 0.25f], dtype: ScalarType.Float32) : null;
        var outcome = gradient.Add(new ImageBatch(rand([Images, 1, Side, Side], dtype: ScalarType.Float32), labels, weights));

        // What is mixed depends on the sizes and the seed alone.
        var mixed = new CutMix(1).Apply(zeros([Images, 1, Side, Side], dtype: ScalarType.Float32), new Random((int)seed));
        var others = mixed.Others!.data<long>().ToArray();
        var logProbabilities = outcome.Logits.log_softmax(1).data<float>().ToArray();
        var (own, factors) = (labels.data<long>().ToArray(), weights?.data<float>().ToArray());
        Assert.IsTrue(Enumerable.Range(0, Images).Any(i => own[i] != own[others[i]]));
        var expected = Enumerable.Range(0, Images).Sum(i =>
            (mixed.Share * Loss(i, i)) + ((1 - mixed.Share) * Loss(i, (int)others[i])));
        Assert.AreEqual(expected, outcome.Loss, 1e-4);
        Assert.AreEqual(factors?.Sum(factor => (double)factor) ?? Images, outcome.Weight, 1e-5);
        var best = outcome.Logits.argmax(1).data<long>().ToArray();
        Assert.AreEqual(
            Enumerable.Range(0, Images).Count(i => best[i] == own[mixed.Share < 0.5 ? others[i] : i]), outcome.Correct);

        double Loss(int image, int labelOf) =>
            -(factors?[labelOf] ?? 1) * logProbabilities[(image * Classes) + own[labelOf]];
    }
}
