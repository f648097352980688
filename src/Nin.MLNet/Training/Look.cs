namespace Nin.MLNet.Training;

/// <summary>What a forward and a backward pass told of the weights that stood in the network.</summary>
/// <param name="Loss">Mean loss over the images, in nats; NaN where nothing weighed anything.</param>
/// <param name="Weight">Weight of the images together; 0: nothing to learn from.</param>
/// <param name="GradientNorm">Euclidean norm of the whole gradient.</param>
/// <param name="FirstLayerNorm">Euclidean norm of the gradient of the first layer's weights.</param>
internal readonly record struct Look(double Loss, double Weight, double GradientNorm, double FirstLayerNorm);
