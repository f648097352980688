namespace Nin.Pipeline.Demo.Explanations;

/// <summary>An image as the network read it, and where the network saw the class that it predicted.</summary>
/// <param name="Name">Name of the image.</param>
/// <param name="Truth">The true class; empty if unknown.</param>
/// <param name="TakenFor">The predicted class.</param>
/// <param name="Probability">Probability of the predicted class.</param>
/// <param name="Width">Width of image and map, in pixels.</param>
/// <param name="Height">Height of both, in pixels.</param>
/// <param name="Pixels">Blue, green, red and alpha of each pixel, row by row.</param>
/// <param name="Map">The class's activation map, resized to the image, row by row; its mean is close to the class's logit.</param>
internal sealed record ExplainedImage(
    string Name, string Truth, string TakenFor, float Probability, int Width, int Height, byte[] Pixels, float[] Map);
