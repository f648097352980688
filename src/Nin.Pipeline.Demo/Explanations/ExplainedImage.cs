namespace Nin.Pipeline.Demo.Explanations;

/// <summary>An image as the network read it, and where it saw the class that it took it for.</summary>
/// <param name="Name">What the image is called.</param>
/// <param name="Truth">Its class; empty where that is not known.</param>
/// <param name="TakenFor">The class it was taken for.</param>
/// <param name="Probability">Of that class.</param>
/// <param name="Width">Width of image and map, in pixels.</param>
/// <param name="Height">Height of both, in pixels.</param>
/// <param name="Pixels">Blue, green, red and alpha of each pixel, row by row.</param>
/// <param name="Map">The class's activation map, resized to the image, row by row; its mean is about the class's logit.</param>
internal sealed record ExplainedImage(
    string Name, string Truth, string TakenFor, float Probability, int Width, int Height, byte[] Pixels, float[] Map);
