using Nin.MLNet.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// The trainable network. Its float32 weights share one flat buffer (first those that decay, then the rest), so that an optimiser's step, a
/// gradient's norm or a snapshot is one operation. Every layer's weight is a view of it.
/// </summary>
internal sealed class NinNetwork : IDisposable
{
    private readonly IReadOnlyList<Layer> layers;
    private readonly Dictionary<string, Tensor> tensors = [];
    private readonly HashSet<int> frozen;
    private readonly int frozenBlocks;
    private readonly bool hasFixedFilters;
    private readonly long learningFrom;

    // For each weight that decays, the index of its layer.
    private readonly List<int> decayingLayers;
    private readonly Dictionary<string, string> kernelNotes = [];
    private readonly GraphCuts cuts = new();

    // For each cut, the index of the layer that made it.
    private readonly List<int> layersOfCuts = [];

    /// <summary>A network whose weights are all 0; see <see cref="WeightInitialization"/>.</summary>
    /// <param name="architecture">What to build.</param>
    /// <param name="device">Where the weights live.</param>
    /// <param name="frozenBlocks">Blocks, counted from the input, that get no gradient and whose batch statistics do not change.</param>
    /// <param name="hasFixedFilters">Whether the first convolution's filters get no gradient and do not decay.</param>
    public NinNetwork(NinArchitecture architecture, Device device, int frozenBlocks = 0, bool hasFixedFilters = false)
        : this(architecture, device, frozenBlocks, hasFixedFilters, shared: null)
    {
    }

    private NinNetwork(NinArchitecture architecture, Device device, int frozenBlocks, bool hasFixedFilters, Tensor? shared)
    {
        Native.NativeTorch.EnsureLoaded();
        Architecture = architecture;
        Device = device;
        (this.frozenBlocks, this.hasFixedFilters) = (frozenBlocks, hasFixedFilters);
        layers = architecture.Layers;
        frozen = [.. layers.Where(layer => layer.Kind == LayerKind.Convolution).Select(layer => layer.Group).Distinct().Take(frozenBlocks)];

        using var scope = NewDisposeScope();
        // A host that scores in inference mode may still train.
        using var mode = inference_mode(false);
        var slots = layers.SelectMany(Slots).OrderBy(slot => slot.Decays ? 0 : 1).ToList();
        var (trainable, kept) = (slots.Where(slot => slot.Trainable).ToList(), slots.Where(slot => !slot.Trainable).ToList());
        (ParameterLayout, BufferLayout) = (new(trainable.Select(slot => slot.Size)), new(kept.Select(slot => slot.Size)));
        Parameters = (shared?.detach() ?? zeros(ParameterLayout.Length, dtype: ScalarType.Float32, device: device))
            .DetachFromDisposeScope();
        Gradients = zeros_like(Parameters).DetachFromDisposeScope();
        Buffers = zeros(BufferLayout.Length, dtype: ScalarType.Float32, device: device).DetachFromDisposeScope();
        var frozenStatistics = kept.Count(slot => frozen.Contains(slot.Layer.Group));
        learningFrom = frozenStatistics == kept.Count ? BufferLayout.Length : BufferLayout.Start(frozenStatistics);
        FirstLayerCount = slots[0].Size;
        DecayingCount = ParameterLayout.Start(trainable.Count(slot => slot.Decays));
        DecayingStarts = [.. trainable.TakeWhile(slot => slot.Decays).Select((_, number) => ParameterLayout.Start(number))];
        decayingLayers = [.. trainable.TakeWhile(slot => slot.Decays).Select(slot => layers.ToList().IndexOf(slot.Layer))];

        foreach (var (number, slot) in trainable.Index())
        {
            var value = slot.View(Parameters, ParameterLayout.Start(number)).detach().DetachFromDisposeScope();
            if (slot.Learns)
            {
                value.requires_grad_(true);
                value.grad = slot.View(Gradients, ParameterLayout.Start(number));
            }

            tensors.Add(slot.Name, value);
        }

        foreach (var (number, slot) in kept.Index())
            tensors.Add(slot.Name, slot.View(Buffers, BufferLayout.Start(number)).detach().DetachFromDisposeScope());

        State = [.. layers.SelectMany(Slots).Select(slot => (slot.Name, tensors[slot.Name]))];
        foreach (var layer in layers.Where(layer => layer.Kind == LayerKind.BatchNorm))
        {
            using var _ = no_grad();
            using var one = 1.ToScalar();
            this[layer, "running_var"].fill_(one);
            // A replica shares the weights of the original, which are already trained.
            if (shared is null)
                this[layer, "weight"].fill_(one);
        }
    }

    public NinArchitecture Architecture { get; }

    public Device Device { get; }

    /// <summary>All weights, biases and norms, flat: [P].</summary>
    public Tensor Parameters { get; }

    /// <summary>Their gradients in the same order: [P]. Backward adds to them.</summary>
    public Tensor Gradients { get; }

    /// <summary>Batch norm's running means and variances, flat.</summary>
    public Tensor Buffers { get; }

    /// <summary>Those of them that a training changes, as a view: a mean of equal numbers need not be exactly that number.</summary>
    public Tensor LearningBuffers => Buffers.narrow(0, learningFrom, Buffers.shape[0] - learningFrom);

    /// <summary>Where each weight lies in <see cref="Parameters"/> and <see cref="Gradients"/>.</summary>
    public FlatLayout ParameterLayout { get; }

    /// <summary>Where each running statistic lies in <see cref="Buffers"/>.</summary>
    public FlatLayout BufferLayout { get; }

    /// <summary>How many of the first <see cref="Parameters"/> take weight decay: the unfrozen convolutions' weights.</summary>
    public long DecayingCount { get; }

    /// <summary>Where the weights of each of those convolutions start, in the order of the layers.</summary>
    public IReadOnlyList<long> DecayingStarts { get; }

    /// <summary>How many of the first <see cref="Parameters"/> are the weights of the first unfrozen convolution.</summary>
    public long FirstLayerCount { get; }

    /// <summary>
    /// Every weight and buffer by its name in PyTorch's state dict, in the order of the layers. The values are views to copy into.
    /// </summary>
    public IReadOnlyList<(string Name, Tensor Value)> State { get; }

    /// <summary>Weight of the next batch in batch norm's running statistics, in [0, 1]; 0 leaves them unchanged.</summary>
    public double BatchNormMomentum { get; set; } = 0.1;

    /// <summary>Number of batches in the running statistics; a training counts and resets it.</summary>
    public long BatchNormUpdates { get; set; }

    /// <summary>Whether every weight and running statistic is a finite number.</summary>
    public bool IsFinite => Parameters.IsFinite() && Buffers.IsFinite();

    /// <summary>What has not been computed in the fastest way so far, and why: one line per layer, for the log.</summary>
    public IReadOnlyCollection<string> KernelNotes => kernelNotes.Values;

    public Tensor this[Layer layer, string part] => tensors[$"{layer.Name}.{part}"];

    /// <summary>Prepared images [N, C, H, W] to logits [N, K] in float32, recording what backward needs.</summary>
    /// <param name="x">Images in working precision, preferably channels last.</param>
    /// <param name="random">Source of the dropout masks.</param>
    /// <param name="watch">Called with each layer's output, for diagnosis; or null.</param>
    public Tensor Forward(Tensor x, DropoutRandom random, Action<Layer, Tensor>? watch = null)
    {
        cuts.Clear();
        layersOfCuts.Clear();
        x = MemoryLayout.ChannelsLast(x);
        for (var i = 0; i < layers.Count; i++)
        {
            var layer = layers[i];
            var ownNorm = layer.Kind == LayerKind.BatchNorm && !frozen.Contains(layer.Group) && HasSpread(x)
                && TrainingNormalization.Suits(x, get_num_threads());
            var rectify = (layer.Kind == LayerKind.Convolution || ownNorm) && layers[i + 1].Kind == LayerKind.ReLU;
            var next = layer.Kind switch
            {
                LayerKind.Convolution => Convolution(x, layer, rectify, isCentred: layers[i + 1].Kind == LayerKind.BatchNorm),
                LayerKind.BatchNorm => Normalize(x, layer, ownNorm, rectify),
                LayerKind.ReLU => x.relu_(),
                LayerKind.MaxPool => Kernels.MaxPool(x, layer),
                LayerKind.AveragePool => Kernels.AveragePool(x, layer),
                LayerKind.Dropout => Kernels.Dropout(x, layer.Rate, random),
                LayerKind.GlobalAveragePool => Kernels.GlobalAveragePool(x),
                _ => x,
            };
            if (cuts.Count > layersOfCuts.Count)
                layersOfCuts.Add(i);
            // Autograd or a cut keeps what the backward pass needs; leaves belong to the caller or a cut.
            if (!x.is_leaf && !ReferenceEquals(next, x) && !cuts.Keeps(x))
                x.Dispose();
            x = next;
            watch?.Invoke(layer, x);
            if (!rectify)
                continue;
            i++;
            watch?.Invoke(layers[i], x);
        }

        return x;
    }

    /// <summary>Adds the gradient of a loss on the last <see cref="Forward"/>'s logits to <see cref="Gradients"/>.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="reached">
    /// Called during the pass with the index from which on the first <see cref="DecayingCount"/> gradients are final; or null.
    /// </param>
    public void Backward(Tensor loss, Action<long>? reached = null) =>
        cuts.Backward(loss, goneBack: reached is null ? null : () => reached(FinalFrom()));

    /// <summary>
    /// A network with the same weights, in the same memory, but its own gradients and running statistics. The caller disposes it.
    /// </summary>
    public NinNetwork Replicate() => new(Architecture, Device, frozenBlocks, hasFixedFilters, Parameters);

    /// <summary>Copies the running statistics of the network this is a replica of, and the next batch's weight in them.</summary>
    public void FollowBuffers(NinNetwork original)
    {
        using var _ = no_grad();
        Buffers.copy_(original.Buffers);
        BatchNormMomentum = original.BatchNormMomentum;
    }

    /// <summary>Adds a replica's gradients to this one's and resets them to 0.</summary>
    public void TakeGradients(NinNetwork replica)
    {
        using var _ = no_grad();
        Gradients.AddInPlace(replica.Gradients);
        replica.Gradients.zero_();
    }

    /// <summary>Replaces this network's running statistics with the mean of its own and its replicas', where they change.</summary>
    /// <param name="all">All networks, this one first.</param>
    public void AverageBuffers(ReadOnlySpan<NinNetwork> all)
    {
        if (all.Length == 1 || BatchNormMomentum == 0)
            return;
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var own = LearningBuffers;
        for (var i = 1; i < all.Length; i++)
            own.AddInPlace(all[i].LearningBuffers);
        own.ScaleInPlace(1.0 / all.Length);
    }

    /// <summary>The first weight or statistic that is not finite, with its layer, in words; null if all are.</summary>
    public string? FindNonFinite()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        foreach (var layer in layers)
        {
            foreach (var slot in Slots(layer))
            {
                if (!this[layer, slot.Part].isfinite().all().item<bool>())
                    return $"'{slot.Part}' of layer {layer.Name}, {layer}";
            }
        }

        return null;
    }

    /// <summary>A copy of the weights and buffers, to restore later.</summary>
    public WeightSnapshot Snapshot()
    {
        // A plain copy, whether or not a graph is being recorded.
        using var _ = no_grad();
        return new WeightSnapshot(Parameters.clone().DetachFromDisposeScope(), Buffers.clone().DetachFromDisposeScope());
    }

    public void Restore(WeightSnapshot snapshot)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Parameters.copy_(snapshot.Parameters);
        Buffers.copy_(snapshot.Buffers);
    }

    public void Dispose()
    {
        cuts.Dispose();
        foreach (var tensor in tensors.Values)
            tensor.Dispose();
        Parameters.Dispose();
        Gradients.Dispose();
        Buffers.Dispose();
    }

    /// <summary>A single value per channel has no spread: such a batch is normalised with the running statistics.</summary>
    private static bool HasSpread(Tensor x) => x.shape[0] * x.shape[2] * x.shape[3] > 1;

    /// <summary>Where the decaying weights start whose layers come after the last remaining cut.</summary>
    private long FinalFrom()
    {
        var last = cuts.Count == 0 ? -1 : layersOfCuts[cuts.Count - 1];
        var number = decayingLayers.FindIndex(layer => layer > last);
        return number < 0 ? DecayingCount : DecayingStarts[number];
    }

    /// <param name="x">[N, In, H, W].</param>
    /// <param name="layer">A convolution.</param>
    /// <param name="rectify">Whether a ReLU follows.</param>
    /// <param name="isCentred">Whether batch norm follows. It subtracts the bias again, so the bias has no gradient.</param>
    private Tensor Convolution(Tensor x, Layer layer, bool rectify, bool isCentred)
    {
        var (weight, bias) = (this[layer, "weight"], this[layer, "bias"]);
        if (isCentred && x.shape[0] > 1)
            bias = bias.detach();
        var learns = is_grad_enabled();
        var choice = ConvolutionChoice.For(layer, x, learns && weight.requires_grad, learns && x.requires_grad);
        if (choice.Faults.Count > 0)
            kernelNotes[layer.Name] = ConvolutionChoice.Describe(layer, choice.Faults, $"{choice.Path}");
        // The cast of the weights is part of the graph, so the gradient arrives in float32.
        return choice.Path.Run(x, weight, bias, layer, rectify, cuts);
    }

    /// <param name="x">[N, C, H, W].</param>
    /// <param name="layer">A batch norm.</param>
    /// <param name="byOurOwn">Whether our own arithmetic computes it.</param>
    /// <param name="rectify">Whether it also computes the ReLU after it.</param>
    private Tensor Normalize(Tensor x, Layer layer, bool byOurOwn, bool rectify)
    {
        var weights = new NormalizationWeights(
            this[layer, "weight"], this[layer, "bias"], this[layer, "running_mean"], this[layer, "running_var"]);
        return byOurOwn
            ? TrainingNormalization.Run(x, weights, BatchNormMomentum, rectify, cuts)
            : nn.functional.batch_norm(
                x, weights.RunningMean, weights.RunningVariance, weights.Scale, weights.Shift,
                training: !frozen.Contains(layer.Group) && HasSpread(x), momentum: BatchNormMomentum, eps: Kernels.BatchNormEpsilon);
    }

    private IEnumerable<Slot> Slots(Layer layer)
    {
        var learns = !frozen.Contains(layer.Group);
        switch (layer.Kind)
        {
            case LayerKind.Convolution:
                var filtersLearn = learns && !(hasFixedFilters && layer == layers[0]);
                yield return new Slot(layer, "weight", Trainable: true, filtersLearn, Decays: filtersLearn, layer.Parameters - layer.Out);
                yield return new Slot(layer, "bias", Trainable: true, learns, Decays: false, layer.Out);
                break;
            case LayerKind.BatchNorm:
                yield return new Slot(layer, "weight", Trainable: true, learns, Decays: false, layer.Out);
                yield return new Slot(layer, "bias", Trainable: true, learns, Decays: false, layer.Out);
                yield return new Slot(layer, "running_mean", Trainable: false, Learns: false, Decays: false, layer.Out);
                yield return new Slot(layer, "running_var", Trainable: false, Learns: false, Decays: false, layer.Out);
                break;
        }
    }

    /// <param name="Layer">The layer it belongs to.</param>
    /// <param name="Part">Its name there.</param>
    /// <param name="Trainable">Whether it is a parameter, not a running statistic.</param>
    /// <param name="Learns">Whether it gets a gradient.</param>
    /// <param name="Decays">Whether it takes weight decay.</param>
    /// <param name="Size">Number of values.</param>
    private sealed record Slot(Layer Layer, string Part, bool Trainable, bool Learns, bool Decays, long Size)
    {
        public string Name => $"{Layer.Name}.{Part}";

        /// <summary>Convolution weights are [O, I, kh, kw] in shape and [O, kh, kw, I] in memory (channels last).</summary>
        public Tensor View(Tensor flat, long offset)
        {
            var part = flat.narrow(0, offset, Size);
            return Part == "weight" && Layer.Kind == LayerKind.Convolution
                ? part.view(Layer.Out, Layer.Kernel, Layer.Kernel, Layer.In).permute(0, 3, 1, 2)
                : part;
        }
    }
}
