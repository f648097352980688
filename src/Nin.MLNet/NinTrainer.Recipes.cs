namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    public sealed partial class Options
    {
        internal const int DefaultNumberOfEpochs = 10;

        /// <summary>The default recipe, <see cref="Fast"/>.</summary>
        public Options()
        {
            NumberOfEpochs = DefaultNumberOfEpochs;
            LearningRate = 0.2;
            WeightDecay = 5e-4;
            LabelSmoothing = 0.1;
            HorizontalFlip = true;
            MaxShiftPixels = 1;
        }

        /// <summary>
        /// Minutes on a laptop CPU: a small network with batch norm on images as they come, SGD with Nesterov momentum, one cycle of
        /// the learning rate, label smoothing, mirrored and shifted images. Turn <see cref="HorizontalFlip"/> off for digits and letters;
        /// where probabilities matter more than the last tenths of accuracy, turn <see cref="LabelSmoothing"/> off, which makes scores less sure than they should be.
        /// </summary>
        public static Options Fast() => new();

        /// <summary>
        /// The book's recipe to the letter (section 7.3.3): the large network without batch norm on images resized to 224, Xavier
        /// initialisation, plain SGD at 0.1, batch 128, 10 epochs, no augmentation, no validation set aside.
        /// </summary>
        public static Options D2L() => new()
        {
            Architecture = NinArchitecture.D2L,
            ResizeTo = 224,
            Initialization = NinTrainer.Initialization.Xavier,
            NumberOfEpochs = 10,
            LearningRate = 0.1,
            Momentum = 0,
            Nesterov = false,
            WeightDecay = 0,
            LabelSmoothing = 0,
            Schedule = NinTrainer.Schedule.Constant,
            HorizontalFlip = false,
            MaxShiftPixels = 0,
            ValidationSetFraction = 0,
        };

        /// <summary>The most accurate recipe: a wider network under a million parameters, many epochs, random erasing, label smoothing and averaged weights; no validation set aside, so that it learns from every image.</summary>
        public static Options Best() => new()
        {
            Architecture = (channels, classes) => NinArchitecture.Small(channels, classes, 44),
            NumberOfEpochs = 40,
            MaxShiftPixels = 2,
            RandomErasingProbability = 0.5,
            WeightAveraging = NinTrainer.WeightAveraging.Ema,
            ValidationSetFraction = 0,
        };
    }
}
