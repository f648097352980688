namespace Nin.MLNet;

public sealed partial class NinTrainer
{
    public sealed partial class Options
    {
        /// <summary>
        /// Trains in minutes on a laptop CPU and is safe for any images, including digits and letters: a small network with batch norm on
        /// images that are not resized, SGD with Nesterov momentum, one cycle of the learning rate, label smoothing, images shifted by up
        /// to a pixel.
        /// </summary>
        public Options()
        {
            LearningRate = 0.2;
            WeightDecay = 5e-4;
            LabelSmoothing = 0.1;
            MaxShiftPixels = 1;
            MaxGammaChange = 0;
            CutMixProbability = 0;
        }

        /// <summary>
        /// A new instance that also mirrors images (<see cref="HorizontalFlip"/>), makes the middle tones of grey ones darker or brighter
        /// if they are few (<see cref="MaxGammaChange"/>), and mixes grey ones with one another if they are seen often
        /// (<see cref="CutMixProbability"/>): more accurate wherever an image means the same when mirrored, as clothes do and digits do
        /// not, and in other tones.
        /// </summary>
        public static Options Fast() =>
            new() { HorizontalFlip = NinTrainer.Mirroring.On, MaxGammaChange = null, CutMixProbability = null };

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
            BatchSize = 128,
            LearningRate = 0.1,
            Momentum = 0,
            Nesterov = false,
            WeightDecay = 0,
            LabelSmoothing = 0,
            Schedule = NinTrainer.Schedule.Constant,
            HorizontalFlip = NinTrainer.Mirroring.Off,
            MaxShiftPixels = 0,
            ValidationSetFraction = 0,
        };

        /// <summary>
        /// The most accurate recipe: a deeper network with fewer than a million parameters, many epochs, images mirrored, shifted by up to
        /// four pixels and partly erased; no validation images are set aside, so it learns from every image.
        /// </summary>
        public static Options Best() => new()
        {
            Architecture = (channels, classes) => NinArchitecture.Deep(channels, classes),
            Initialization = NinTrainer.Initialization.Dirac,
            NumberOfEpochs = 80,
            BatchSize = 128,
            WeightDecay = 2.5e-4,
            HorizontalFlip = NinTrainer.Mirroring.On,
            SymmetricFilters = false,
            MaxShiftPixels = 4,
            ReflectBorders = false,
            RandomErasingProbability = 0.5,
            ValidationSetFraction = 0,
        };
    }
}
