using Microsoft.ML;

namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>
    /// Every option of the trainer. A new instance is safe for any images; the recipes <see cref="Fast"/>, <see cref="Best"/> and
    /// <see cref="D2L"/> say what they add. The trainer copies the options and never changes them. A value out of range throws an
    /// <see cref="ArgumentOutOfRangeException"/> when the trainer is created.
    /// </summary>
    public sealed partial class Options
    {
        private static readonly Func<int, int, NinArchitecture> DefaultArchitecture =
            (channels, classes) => NinArchitecture.Small(channels, classes);

        /// <summary>Column of the label, of key type; default "Label".</summary>
        public string LabelColumnName { get; set; } = "Label";

        /// <summary>
        /// Column of the images, <c>Vector&lt;Single&gt;</c> of dimensions (C, H, W), (H, W, C) or (H, W), or flat; or of <c>MLImage</c>,
        /// as <c>LoadImages</c> gives them, all of one size; default "Features". The model scores only columns of exactly the type it was
        /// trained on: one trained on (C, H, W) rejects a flat vector of the same length. An <c>MLImage</c> is read as red, green and
        /// blue, as <c>ExtractPixels</c> gives them (alpha is dropped; decoders have already multiplied the colours by it). It is read as
        /// one grey channel if <see cref="ImageShape"/> says 1, or if that says nothing and the first 32 images are grey. A model of grey
        /// images rejects coloured ones.
        /// </summary>
        public string FeatureColumnName { get; set; } = "Features";

        /// <summary>
        /// Column of example weights, <c>Single</c>, 0 (example left out) or more; default null: every example has weight 1.
        /// </summary>
        public string? ExampleWeightColumnName { get; set; }

        /// <summary>
        /// Shape of the images, if the column's type does not give it; default null: the dimensions of the type or, for a flat vector, a
        /// grey square, which the log then reports. If an <c>MLImage</c> column leaves size or colours open, its first images are
        /// inspected, and so are read twice.
        /// </summary>
        public NinImageShape? ImageShape { get; set; }

        /// <summary>
        /// Order of channels, height and width in the column; default <see cref="NinTrainer.ImageLayout.Auto"/>. Unused for <c>MLImage</c>.
        /// </summary>
        public NinTrainer.ImageLayout ImageLayout { get; set; }

        /// <summary>
        /// What to do with a row that has a pixel that is not a finite number, or a weight that is negative or not a finite number;
        /// default <see cref="NinTrainer.BadRowAction.Skip"/>. Rows without a label are always skipped, and a label above its type's count
        /// always throws.
        /// </summary>
        public NinTrainer.BadRowAction OnBadRow { get; set; }

        /// <summary>
        /// Side, in pixels, that images are resized to (bilinear, on tensors, for both training and scoring), 1 to 4,096; default null:
        /// not resized.
        /// </summary>
        public int? ResizeTo { get; set; }

        /// <summary>
        /// Makes the network from the data's number of channels and number of classes. Default <see cref="NinArchitecture.Small"/> of
        /// width 32, or of width 16 if a <see cref="TimeBudget"/> would let the wider one see each image fewer than three times (not with a
        /// <see cref="CheckpointPath"/> or in several processes). For a fixed network: <c>Architecture = (_, _) => mine</c>. Not called if
        /// <see cref="InitialModel"/> is given: that model's network is trained instead.
        /// </summary>
        public Func<int, int, NinArchitecture> Architecture { get; set; } = DefaultArchitecture;

        internal bool HasDefaultArchitecture => ReferenceEquals(Architecture, DefaultArchitecture);

        /// <summary>
        /// A model to continue from (warm start): its network, weights and normalisation. If the data has a different number of classes,
        /// the layers that give one channel per class (usually the last one) start afresh. Default null: start from scratch.
        /// </summary>
        public NinModelParameters? InitialModel { get; set; }

        /// <summary>
        /// Number of blocks, counted from the input, whose weights stay fixed; 0 to one less than the number of blocks, default 0.
        /// </summary>
        public int FrozenBlocks { get; set; }

        /// <summary>The weights before the first step; default <see cref="NinTrainer.Initialization.Auto"/>.</summary>
        public NinTrainer.Initialization Initialization { get; set; }

        /// <summary>
        /// Passes over the training images, 1 to 100,000; default null: chosen by the number of images, 10 for 60,000 images or more and
        /// up to 60 for fewer, but at least as many as 150 steps take. Unused if <see cref="NumberOfSteps"/> or <see cref="TimeBudget"/>
        /// is given.
        /// </summary>
        public int? NumberOfEpochs { get; set; }

        /// <summary>
        /// Steps of the optimiser, 1 to 1,000,000,000; the last epoch may be partial. Default null: as many as the epochs have.
        /// </summary>
        public long? NumberOfSteps { get; set; }

        /// <summary>
        /// Time that Fit may take, including reading and validation; default null: as long as the epochs or steps take. The training
        /// measures its speed, chooses the number of steps to fit and scales the whole schedule to it; the log reports the choice. With a
        /// checkpoint, time used before counts too.
        /// </summary>
        public TimeSpan? TimeBudget { get; set; }

        /// <summary>
        /// Images per mini-batch, and so per step but for <see cref="GradientAccumulation"/>, 1 to 65,536; default null: chosen by
        /// the number of images, 128 for 20,000 or more, 64 for 5,000 or more, 32 for 500 or more, else 16; never above 64 if
        /// <see cref="NumberOfEpochs"/> or <see cref="TimeBudget"/> leave time for fewer than 300,000 images, each counted as often as
        /// it is seen (a time budget counts only without <see cref="CheckpointPath"/> and <see cref="InitialModel"/>, in one process).
        /// That is divided among the <see cref="Distributed"/> processes, but not below 16 for each.
        /// </summary>
        public int? BatchSize { get; set; }

        /// <summary>
        /// Number of batches that make up a step, 1 to 10,000; default 1. Their examples count as if they formed one batch, even if the
        /// last step of the epoch has fewer batches; batch norm still sees each batch alone.
        /// </summary>
        public int GradientAccumulation { get; set; } = 1;

        /// <summary>The optimiser; default <see cref="NinTrainer.Optimizer.Sgd"/>.</summary>
        public NinTrainer.Optimizer Optimizer { get; set; }

        /// <summary>Highest learning rate, above 0 and at most 100; default 0.2.</summary>
        public double LearningRate { get; set; }

        /// <summary>
        /// Whether <see cref="LearningRate"/> is multiplied by the number of processes of <see cref="Distributed"/>, as the number of
        /// images per step is (Goyal et al. 2017, arXiv 1706.02677); default false. Needs a <see cref="Schedule"/> with a warm-up.
        /// </summary>
        public bool ScaleLearningRate { get; set; }

        /// <summary>Momentum of SGD, or the first decay rate of AdamW, in [0, 1); default 0.9.</summary>
        public double Momentum { get; set; } = 0.9;

        /// <summary>Whether SGD's momentum looks ahead (Nesterov); default true.</summary>
        public bool Nesterov { get; set; } = true;

        /// <summary>
        /// Weight decay per step, multiplied by the learning rate, in [0, 1]; default 0.0005. Not applied to biases and batch norm.
        /// </summary>
        public double WeightDecay { get; set; }

        /// <summary>How the learning rate changes; default <see cref="NinTrainer.Schedule.OneCycle"/>.</summary>
        public NinTrainer.Schedule Schedule { get; set; } = NinTrainer.Schedule.OneCycle;

        /// <summary>
        /// Share of all steps during which the learning rate rises, in [0, 1); default 0.2. Unused by
        /// <see cref="NinTrainer.Schedule.Constant"/>.
        /// </summary>
        public double WarmUpShare { get; set; } = 0.2;

        /// <summary>
        /// Learning rate of the last step as a share of the highest, in [0, 1]; default 0.01. Unused by
        /// <see cref="NinTrainer.Schedule.Constant"/>.
        /// </summary>
        public double FinalLearningRateShare { get; set; } = 0.01;

        /// <summary>Euclidean norm that longer gradients are clipped to, above 0; default null: no clipping.</summary>
        public double? MaxGradientNorm { get; set; }

        /// <summary>
        /// Share of the target spread evenly over all classes (Szegedy et al. 2016), in [0, 1); default 0.1. Makes the scores
        /// under-confident.
        /// </summary>
        public double LabelSmoothing { get; set; }

        /// <summary>
        /// Weight of each class in the loss, in the label's key order, or <see cref="NinClassWeights.Balanced"/>; default null: all 1.
        /// </summary>
        public NinClassWeights? ClassWeights { get; set; }

        /// <summary>
        /// Whether images are mirrored left to right. Leave it off for data where mirroring changes what an image means, such as digits;
        /// default <see cref="NinTrainer.Mirroring.Off"/>.
        /// </summary>
        public NinTrainer.Mirroring HorizontalFlip { get; set; }

        /// <summary>
        /// Whether filters are kept in pairs that are each other's mirror images, or symmetric (Cohen, Welling 2016, arXiv 1602.07576, for
        /// reflections), so that an image and its mirror image get the same scores, or nearly: pooling may begin differently at both sides.
        /// With half as many weights to learn, the network learns more from many images in the same time, and less from few. Default
        /// null: if <see cref="HorizontalFlip"/> is on, the network has batch norm, there are at least 20,000 training images, and
        /// <see cref="InitialModel"/>, if given, has such filters. True throws if that model has none, and with
        /// <see cref="NinTrainer.Mirroring.Auto"/>.
        /// </summary>
        public bool? SymmetricFilters { get; set; }

        /// <summary>
        /// Largest shift in each direction, in pixels of the image before resizing, drawn anew each epoch; 0 to 64, default 1.
        /// </summary>
        public int MaxShiftPixels { get; set; }

        /// <summary>
        /// Largest angle in either direction, in degrees, that images are turned by about their centre, drawn anew each epoch; 0 to
        /// 180, default 0. With few images, 10 degrees gain accuracy on letters in many fonts and lose it on clothes, which all stand
        /// upright (docs/learning.md).
        /// </summary>
        public double MaxRotationDegrees { get; set; }

        /// <summary>
        /// Largest change in size, drawn anew each epoch: with 0.1, images are made up to 1.1 times as large or as small; 0 to 1,
        /// default 0.
        /// </summary>
        public double MaxScaling { get; set; }

        /// <summary>
        /// Largest change in gamma, drawn anew each epoch: with 2, each value's place between an image's smallest and largest value is
        /// raised to a power between 1/3 and 3, which makes middle tones brighter or darker; 0 to 9, default 0. Null: chosen by the
        /// number of training images, if they are grey: 2 below 5,000, 1 below 20,000; otherwise 0.
        /// </summary>
        public double? MaxGammaChange { get; set; }

        /// <summary>
        /// What comes in from outside an image that is shifted, turned or made smaller: true for its reflection, false for the value 0;
        /// default true.
        /// </summary>
        public bool ReflectBorders { get; set; } = true;

        /// <summary>
        /// Probability that a random rectangle of an image, 2 to 40 % of its area, is overwritten with the mean of the training data
        /// (Zhong et al. 2020), in [0, 1]; default 0.
        /// </summary>
        public double RandomErasingProbability { get; set; }

        /// <summary>
        /// Probability that a batch, or a thread's part of it, is mixed: a rectangle of each image is replaced by that of another one,
        /// whose label then counts by its share of the area (CutMix: Yun et al. 2019, arXiv 1905.04899), in [0, 1]; default 0. Areas from
        /// none to all are equally likely. The history's train accuracy counts the label with the larger share. Null: 0.5 for grey images
        /// that are mirrored (<see cref="HorizontalFlip"/>), in trainings of 40 epochs or more; otherwise 0. Mixing makes scores
        /// under-confident: <see cref="CalibrateTemperature"/> mends that.
        /// </summary>
        public double? CutMixProbability { get; set; }

        /// <summary>Which weights are returned; default <see cref="NinTrainer.WeightAveraging.None"/>.</summary>
        public NinTrainer.WeightAveraging WeightAveraging { get; set; }

        /// <summary>Decay of the moving average per step, in [0, 1); default 0.999.</summary>
        public double AveragingDecay { get; set; } = 0.999;

        /// <summary>
        /// Images to validate on after each epoch, with the columns of the training data; default null:
        /// <see cref="ValidationSetFraction"/> applies. A set passed to Fit takes precedence.
        /// </summary>
        public IDataView? ValidationSet { get; set; }

        /// <summary>
        /// Share of the training images, the same for each class, that is set aside for validation if no validation set is given,
        /// in [0, 0.5]; default 0.05.
        /// </summary>
        public double ValidationSetFraction { get; set; } = 0.05;

        /// <summary>
        /// Number of epochs without a better <see cref="Metric"/> after which training stops, at least 1; default null: never. Needs
        /// validation.
        /// </summary>
        public int? EarlyStoppingPatience { get; set; }

        /// <summary>The figure that decides which epoch is best; default <see cref="NinTrainer.Metric.ValidationAccuracy"/>.</summary>
        public NinTrainer.Metric Metric { get; set; } = NinTrainer.Metric.ValidationAccuracy;

        /// <summary>
        /// Whether the weights of the best epoch are returned instead of those of the last, if there is validation; default true.
        /// </summary>
        public bool RestoreBestWeights { get; set; } = true;

        /// <summary>
        /// Whether the logits are divided by a temperature before the softmax. It is fitted on the validation images after training, so
        /// that a score tells how often it is right (Guo et al. 2017, arXiv 1706.04599); default false. Predicted labels stay the same.
        /// Kept in the model as <see cref="NinModelParameters.Temperature"/>. Needs validation.
        /// </summary>
        public bool CalibrateTemperature { get; set; }

        /// <summary>What to do when the network collapses; default <see cref="NinTrainer.CollapseAction.Recover"/>.</summary>
        public NinTrainer.CollapseAction OnCollapse { get; set; }

        /// <summary>How many times a training run may be recovered before it gives up, 0 to 100; default 5.</summary>
        public int MaxRecoveries { get; set; } = 5;

        /// <summary>
        /// Callbacks that watch the training and may stop it, called in this order after the trainer's own; default none.
        /// </summary>
        public IList<NinCallback> Callbacks { get; set; } = [];

        /// <summary>
        /// The processes that train this model together, such as <c>NinDistributed.Mpi()</c> of the package Nin.MLNet.Mpi; default null:
        /// this process alone. All of them call Fit with the same options on the same data, and each learns from its own share: row i goes
        /// to process i modulo their number. <see cref="BatchSize"/> is the maximum for each process, so the images per step are
        /// multiplied by the number of processes. Callbacks, log and checkpoint belong to the first process.
        /// </summary>
        public IReplicaGroup? Distributed { get; set; }

        /// <summary>Stops the training with <see cref="OperationCanceledException"/>; a checkpoint keeps the finished epochs.</summary>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>
        /// File that holds the whole state after each epoch, in an existing folder. If a Fit of the same training finds it, it continues
        /// from there. A different number of <see cref="Distributed"/> processes can continue too, with the epochs that are left, and may
        /// use a different <see cref="BatchSize"/> and <see cref="GradientAccumulation"/>; a warning says that the weights will differ.
        /// Once the training is complete, the next Fit starts afresh and overwrites the file. The file of a training that collapsed for
        /// good keeps its best weights: with <see cref="CollapseAction.ReturnBest"/> every Fit of the same training returns them, else
        /// the next Fit renames the file. Default null.
        /// </summary>
        public string? CheckpointPath { get; set; }

        /// <summary>Number format of the arithmetic; default <see cref="NinTrainer.Precision.Auto"/>.</summary>
        public NinTrainer.Precision Precision { get; set; }

        /// <summary>
        /// "cpu", "cuda" or "cuda:1"; default null: what the MLContext asks for (GpuDeviceId, FallbackToCpu), a GPU
        /// if there is one, else the CPU.
        /// </summary>
        public string? Device { get; set; }

        /// <summary>
        /// Number of threads for the arithmetic, 1 to 1,024; default null: OMP_NUM_THREADS if it is set, else the machine's physical
        /// cores, but no more than the process may use. A mini-batch is computed in parts of at least 16 images, one thread each; a part
        /// gets more threads only if there are more than parts and its activations take more than 32 MB for each.
        /// </summary>
        public int? Threads { get; set; }

        /// <summary>
        /// Memory, in bytes, that training images may take, 0 or more; beyond it they are kept in a temporary file. Default null: a
        /// quarter of what the process may use, divided by the number of processes of <see cref="Distributed"/>.
        /// </summary>
        public long? CacheBudget { get; set; }

        /// <summary>
        /// Folder for that temporary file, which is deleted after the training; default null: the system's temporary folder.
        /// </summary>
        public string? CacheDirectory { get; set; }

        /// <summary>Seed for initialisation, shuffling, augmentation and dropout; default null: drawn from the MLContext's seed.</summary>
        public int? Seed { get; set; }

        /// <summary>The source of time; tests set another.</summary>
        internal TimeProvider Clock { get; set; } = TimeProvider.System;

        internal Options Copy()
        {
            var copy = (Options)MemberwiseClone();
            copy.Callbacks = [.. Callbacks ?? []];
            return copy;
        }
    }
}
