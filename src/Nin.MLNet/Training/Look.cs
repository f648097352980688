namespace Nin.MLNet.Training;

/// <summary>What a forward and a backward pass showed about the network's weights.</summary>
/// <param name="Loss">Mean loss over the images, in nats; NaN if the images had no weight.</param>
/// <param name="Weight">Total weight of the images; 0: nothing to learn from.</param>
/// <param name="GradientNorm">Euclidean norm of the whole gradient.</param>
/// <param name="FirstLayerNorm">Euclidean norm of the gradient of the first layer's weights.</param>
internal readonly record struct Look(double Loss, double Weight, double GradientNorm, double FirstLayerNorm);
