using Microsoft.ML;

namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    /// <summary>
    /// Every knob of the trainer. A new instance is safe for any images; the recipes <see cref="Fast"/>, <see cref="Best"/> and
    /// <see cref="D2L"/> say what they add. The trainer copies it and never writes it; a value out of its range throws an
    /// <see cref="ArgumentOutOfRangeException"/> when the trainer is made.
    /// </summary>
    public sealed partial class Options
    {
        private static readonly Func<int, int, NinArchitecture> DefaultArchitecture =
            (channels, classes) => NinArchitecture.Small(channels, classes);

        /// <summary>Column of the label, of key type; default "Label".</summary>
        public string LabelColumnName { get; set; } = "Label";

        /// <summary>
        /// Column of the images, <c>Vector&lt;Single&gt;</c> of dimensions (C, H, W), (H, W, C) or (H, W), or flat; or of <c>MLImage</c>,
        /// as <c>LoadImages</c> gives them, all of one size; default "Features". The model scores columns of the very type it was trained
        /// on: one trained on (C, H, W) refuses a flat vector of the same length. Of an <c>MLImage</c>, red, green and blue are read as
        /// <c>ExtractPixels</c> gives them (alpha is dropped; decoders have multiplied the colours by it), or one grey channel where
        /// <see cref="ImageShape"/> says 1, or says nothing and the first 32 images are grey. A model of grey images refuses coloured ones.
        /// </summary>
        public string FeatureColumnName { get; set; } = "Features";

        /// <summary>Column of example weights, <c>Single</c>, 0 (left out) or more; default null: every example weighs 1.</summary>
        public string? ExampleWeightColumnName { get; set; }

        /// <summary>
        /// Shape of the images where the column's type does not tell it; default null: the dimensions of the type, or a grey square for a
        /// flat vector, which the log then says. Where an <c>MLImage</c> column leaves size or colours open, its first images are looked
        /// at, and so read twice.
        /// </summary>
        public NinImageShape? ImageShape { get; set; }

        /// <summary>
        /// Order of channels, height and width in the column; default <see cref="NinTrainer.ImageLayout.Auto"/>. Unused for <c>MLImage</c>.
        /// </summary>
        public NinTrainer.ImageLayout ImageLayout { get; set; }

        /// <summary>
        /// What to do with a row that has a pixel that is no finite number, or a weight that is negative or no finite number; default
        /// <see cref="NinTrainer.BadRowAction.Skip"/>. Rows without a label are always skipped, and a label above
        /// its type's count always throws.
        /// </summary>
        public NinTrainer.BadRowAction OnBadRow { get; set; }

        /// <summary>
        /// Side in pixels that images are resized to (bilinear, on tensors, for training and scoring alike), 1 to
        /// 4,096; default null: as they come.
        /// </summary>
        public int? ResizeTo { get; set; }

        /// <summary>
        /// Makes the network from the data's channels and classes; default <see cref="NinArchitecture.Small"/>, of width 32, or of width 16
        /// where a <see cref="TimeBudget"/> lets the wider one meet each image fewer than six times (not with a
        /// <see cref="CheckpointPath"/> or in several processes). A fixed one: <c>Architecture = (_, _) => mine</c>. Not asked where
        /// <see cref="InitialModel"/> is given: its network is trained on.
        /// </summary>
        public Func<int, int, NinArchitecture> Architecture { get; set; } = DefaultArchitecture;

        internal bool HasDefaultArchitecture => ReferenceEquals(Architecture, DefaultArchitecture);

        /// <summary>
        /// A model to go on from (warm start): its network, weights and normalisation. Where the data have another number of classes, the
        /// layers that give one channel for each class, the last one as a rule, start anew. Default null: start afresh.
        /// </summary>
        public NinModelParameters? InitialModel { get; set; }

        /// <summary>
        /// Blocks, counted from the input, whose weights stay as they are; 0 to one less than there are blocks, default 0.
        /// </summary>
        public int FrozenBlocks { get; set; }

        /// <summary>Weights before the first step; default <see cref="NinTrainer.Initialization.Auto"/>.</summary>
        public NinTrainer.Initialization Initialization { get; set; }

        /// <summary>
        /// Passes over the training images, 1 to 100,000; default null: chosen by their number, 10 for 60,000 images or more and up to
        /// 60 for fewer, or as many as 150 steps take. Unused where <see cref="NumberOfSteps"/> or <see cref="TimeBudget"/> is given.
        /// </summary>
        public int? NumberOfEpochs { get; set; }

        /// <summary>
        /// Steps of the optimiser, 1 to 1,000,000,000, the last epoch possibly a part of one; default null: as many as the epochs have.
        /// </summary>
        public long? NumberOfSteps { get; set; }

        /// <summary>
        /// Time that Fit may take, reading and validation included; default null. The training measures its speed, chooses the number of
        /// steps to fit and brings the whole schedule into it; the log says what it chose. With a checkpoint, time used before counts.
        /// </summary>
        public TimeSpan? TimeBudget { get; set; }

        /// <summary>Images a step, 1 to 65,536; default 128.</summary>
        public int BatchSize { get; set; } = 128;

        /// <summary>
        /// Batches that make up a step, 1 to 10,000; default 1. Their examples count as those of one batch would, also where the epoch's
        /// last step has fewer; batch norm still sees each batch alone.
        /// </summary>
        public int GradientAccumulation { get; set; } = 1;

        /// <summary>The optimiser; default <see cref="NinTrainer.Optimizer.Sgd"/>.</summary>
        public NinTrainer.Optimizer Optimizer { get; set; }

        /// <summary>Highest learning rate, above 0 and at most 100.</summary>
        public double LearningRate { get; set; }

        /// <summary>
        /// Whether <see cref="LearningRate"/> is multiplied by the number of processes of <see cref="Distributed"/>, as the images a step
        /// are (Goyal et al. 2017, arXiv 1706.02677); default false. Wants a <see cref="Schedule"/> with a warm-up.
        /// </summary>
        public bool ScaleLearningRate { get; set; }

        /// <summary>Momentum of SGD, or the first decay rate of AdamW, in [0, 1).</summary>
        public double Momentum { get; set; } = 0.9;

        /// <summary>Whether SGD's momentum looks ahead (Nesterov); default true.</summary>
        public bool Nesterov { get; set; } = true;

        /// <summary>Weight decay a step, times the learning rate, in [0, 1]; not on biases and batch norm.</summary>
        public double WeightDecay { get; set; }

        /// <summary>How the learning rate moves; default <see cref="NinTrainer.Schedule.OneCycle"/>.</summary>
        public NinTrainer.Schedule Schedule { get; set; } = NinTrainer.Schedule.OneCycle;

        /// <summary>
        /// Share of all steps in which the learning rate rises, in [0, 1); default 0.2. Unused by
        /// <see cref="NinTrainer.Schedule.Constant"/>.
        /// </summary>
        public double WarmUpShare { get; set; } = 0.2;

        /// <summary>
        /// Learning rate of the last step as a share of the highest, in [0, 1]; default 0.01. Unused by
        /// <see cref="NinTrainer.Schedule.Constant"/>.
        /// </summary>
        public double FinalLearningRateShare { get; set; } = 0.01;

        /// <summary>Euclidean norm that a longer gradient is cut down to, above 0; default null: no clipping.</summary>
        public double? MaxGradientNorm { get; set; }

        /// <summary>
        /// Share of the target given to all classes alike (Szegedy et al. 2016), in [0, 1); default 0.1.
        /// Scores become under-confident by it.
        /// </summary>
        public double LabelSmoothing { get; set; }

        /// <summary>
        /// Weight of each class in the loss, in the label's key order, or <see cref="NinClassWeights.Balanced"/>; default null: all 1.
        /// </summary>
        public NinClassWeights? ClassWeights { get; set; }

        /// <summary>
        /// Whether images are mirrored left to right: off for data where that changes what an image means, such as digits; default
        /// <see cref="NinTrainer.Mirroring.Off"/>.
        /// </summary>
        public NinTrainer.Mirroring HorizontalFlip { get; set; }

        /// <summary>Largest shift in pixels of the image as it came, each way, drawn anew each epoch; 0 to 64.</summary>
        public int MaxShiftPixels { get; set; }

        /// <summary>What a shift fills the border with: true mirrors the image, false repeats the value 0; default true.</summary>
        public bool ShiftReflects { get; set; } = true;

        /// <summary>
        /// Probability that a random rectangle of an image, 2 to 40 % of its area, is overwritten with the training data's mean (Zhong et
        /// al. 2020), in [0, 1]; default 0.
        /// </summary>
        public double RandomErasingProbability { get; set; }

        /// <summary>Which weights come back; default <see cref="NinTrainer.WeightAveraging.None"/>.</summary>
        public NinTrainer.WeightAveraging WeightAveraging { get; set; }

        /// <summary>Decay a step of the moving average, in [0, 1); default 0.999.</summary>
        public double AveragingDecay { get; set; } = 0.999;

        /// <summary>
        /// Images to validate on after each epoch, with the training data's columns; default null: <see cref="ValidationSetFraction"/>.
        /// A set given to Fit goes first.
        /// </summary>
        public IDataView? ValidationSet { get; set; }

        /// <summary>
        /// Share of the training images, of each class alike, set aside for validation where no validation set is
        /// given, in [0, 0.5]; default 0.05.
        /// </summary>
        public double ValidationSetFraction { get; set; } = 0.05;

        /// <summary>
        /// Epochs without a better <see cref="Metric"/> after which the training stops, at least 1; default null: never. Needs validation.
        /// </summary>
        public int? EarlyStoppingPatience { get; set; }

        /// <summary>The figure that says which epoch is best; default <see cref="NinTrainer.Metric.ValidationAccuracy"/>.</summary>
        public NinTrainer.Metric Metric { get; set; } = NinTrainer.Metric.ValidationAccuracy;

        /// <summary>
        /// Whether the weights of the best epoch come back instead of the last one's, where there is validation; default true.
        /// </summary>
        public bool RestoreBestWeights { get; set; } = true;

        /// <summary>
        /// Whether the logits are divided by a temperature before the softmax, fitted on the validation images once the training is over,
        /// so that a score tells how often it is right (Guo et al. 2017, arXiv 1706.04599); default false. Predicted labels stay the same.
        /// Kept in the model as <see cref="NinModelParameters.Temperature"/>. Needs validation.
        /// </summary>
        public bool CalibrateTemperature { get; set; }

        /// <summary>What to do when the network dies; default <see cref="NinTrainer.CollapseAction.Recover"/>.</summary>
        public NinTrainer.CollapseAction OnCollapse { get; set; }

        /// <summary>Times a training may be brought back before it gives up, 0 to 100; default 5.</summary>
        public int MaxRecoveries { get; set; } = 5;

        /// <summary>What watches the training and may stop it, called in this order after the trainer's own parts; default none.</summary>
        public IList<NinCallback> Callbacks { get; set; } = [];

        /// <summary>
        /// The processes that train this model together, such as <c>NinDistributed.Mpi()</c> of the package Nin.MLNet.Mpi; default null:
        /// this one alone. All of them call Fit with the same options on the same data, of which each learns from its share, row i in
        /// process i modulo their number; <see cref="BatchSize"/> is the most images of each, so a step has as many times more.
        /// Callbacks, log and checkpoint are the first process's.
        /// </summary>
        public IReplicaGroup? Distributed { get; set; }

        /// <summary>Stops the training with <see cref="OperationCanceledException"/>; a checkpoint keeps the finished epochs.</summary>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>
        /// File that holds the whole state after each epoch, in a folder that exists; a Fit of the same training that finds it goes on
        /// from there. Another number of <see cref="Distributed"/> processes goes on, too, with the epochs that are left, and may have
        /// another <see cref="BatchSize"/> and <see cref="GradientAccumulation"/>; a warning says that the weights will differ. Once the
        /// training has come to its end, the next Fit starts anew and writes over it. Default null.
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
        /// Threads of the arithmetic, 1 to 1,024; default null: the machine's physical cores, but no more than the process may
        /// use, or what OMP_NUM_THREADS says.
        /// </summary>
        public int? Threads { get; set; }

        /// <summary>
        /// Bytes that training images may take in memory, 0 or more; beyond it they are kept in a temporary file. Default null: a
        /// quarter of what the process may use.
        /// </summary>
        public long? CacheBudget { get; set; }

        /// <summary>
        /// Folder of that temporary file, which is deleted after the training; default null: the system's temporary folder.
        /// </summary>
        public string? CacheDirectory { get; set; }

        /// <summary>Seed of initialisation, shuffling, augmentation and dropout; default null: drawn from the MLContext's.</summary>
        public int? Seed { get; set; }

        /// <summary>What tells the time; tests set another.</summary>
        internal TimeProvider Clock { get; set; } = TimeProvider.System;

        internal Options Copy()
        {
            var copy = (Options)MemberwiseClone();
            copy.Callbacks = [.. Callbacks ?? []];
            return copy;
        }

        internal Options WithoutWeights()
        {
            var copy = Copy();
            copy.ExampleWeightColumnName = null;
            return copy;
        }
    }
}
