using SkiaSharp;

namespace Nin.MLNet.Benchmarks.Learning;

/// <summary>
/// Fonts grouped by family (the package they come in), so that styles of one family do not fall on both sides of a split.
/// </summary>
internal sealed class FontFamilies
{
    /// <summary>One family in this many is for testing.</summary>
    private const int TestedFamilies = 4;

    private readonly (string Name, SKTypeface[] Styles)[] families;

    private FontFamilies(IEnumerable<(string Name, SKTypeface[] Styles)> families) => this.families = [.. families];

    public int Fonts => families.Sum(family => family.Styles.Length);

    /// <summary>Families to learn from and others to test on, chosen by the seed of <paramref name="random"/>.</summary>
    /// <param name="folder">Where to look for fonts, including subfolders.</param>
    /// <param name="characters">The characters a font must have.</param>
    /// <param name="random">Chooses the split.</param>
    /// <exception cref="InvalidOperationException">Too few families.</exception>
    public static (FontFamilies Known, FontFamilies Unseen) Split(string folder, string characters, Random random)
    {
        var all = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".ttf" or ".otf")
            .Order(StringComparer.Ordinal)
            .GroupBy(file => Package(Path.GetRelativePath(folder, file)), StringComparer.Ordinal)
            .Select(files => (Name: files.Key, Styles: files.Select(file => SKTypeface.FromFile(file)).Where(Fits).ToArray()))
            .Where(family => family.Styles.Length > 0)
            .ToArray();
        if (all.Length < TestedFamilies)
            throw new InvalidOperationException(
                $"{folder} has fonts of {all.Length} families: expected at least {TestedFamilies}. Install some (Debian: fonts-dejavu, " +
                "fonts-freefont-ttf, fonts-lato, fonts-liberation).");
        random.Shuffle(all);
        var tested = all.Length / TestedFamilies;
        return (new(all[tested..]), new(all[..tested]));

        bool Fits(SKTypeface? font) => font is not null && font.ContainsGlyphs(characters);
    }

    /// <summary>A random style; every family is equally likely.</summary>
    public SKTypeface Any(Random random)
    {
        var styles = families[random.Next(families.Length)].Styles;
        return styles[random.Next(styles.Length)];
    }

    public override string ToString() => string.Join(", ", families.Select(family => family.Name).Order(StringComparer.Ordinal));

    /// <summary>Debian puts a package's fonts into truetype/PACKAGE or opentype/PACKAGE.</summary>
    private static string Package(string path) => path.Split(Path.DirectorySeparatorChar) is [_, var package, _, ..] ? package : path;
}
