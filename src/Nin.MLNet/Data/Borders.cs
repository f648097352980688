namespace Nin.MLNet.Data;

/// <summary>What lies outside an image: its reflection, whose border pixel is not repeated, or the value 0.</summary>
internal readonly record struct Borders(bool Reflect)
{
    /// <summary>Index in the image of the value at a position: itself inside the image, outside its reflection, or nowhere (-1).</summary>
    public int Find(int at, int size)
    {
        if (at >= 0 && at < size)
            return at;
        return Reflect ? Math.Clamp(at < 0 ? -at : (2 * (size - 1)) - at, 0, size - 1) : -1;
    }
}
