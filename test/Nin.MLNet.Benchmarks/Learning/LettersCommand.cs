using System.CommandLine;

namespace Nin.MLNet.Benchmarks.Learning;

/// <summary>letters: characters of the installed fonts as a data set of IDX files named like MNIST's.</summary>
internal static class LettersCommand
{
    public static Command Create()
    {
        var characters = new Option<string>("--characters")
        {
            Description = "The classes, in this order.",
            DefaultValueFactory = _ => "abcdefghijklmnopqrstuvwxyz",
        };
        var fonts = new Option<string>("--fonts")
        {
            Description = "Folder of TrueType and OpenType files.",
            DefaultValueFactory = _ => "/usr/share/fonts",
        };
        var train = new Option<int>("--train") { Description = "Training images.", DefaultValueFactory = _ => 15_000 };
        var test = new Option<int>("--test") { Description = "Test images.", DefaultValueFactory = _ => 5_000 };
        var seed = new Option<int>("--seed") { Description = "Seed of all that is drawn.", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--out") { Description = "Folder for the files.", DefaultValueFactory = _ => "letters" };
        var letters = new Command("letters", "Characters of the installed fonts as a data set of 28x28 grey images, IDX files.")
        {
            characters, fonts, train, test, seed, output,
        };
        letters.SetAction(parsed =>
        {
            var random = new Random(parsed.GetValue(seed));
            var (known, unseen) = FontFamilies.Split(parsed.GetValue(fonts)!, parsed.GetValue(characters)!, random);
            var folder = Directory.CreateDirectory(parsed.GetValue(output)!).FullName;
            Write(known, parsed.GetValue(characters)!, parsed.GetValue(train), random, folder, "train");
            Write(unseen, parsed.GetValue(characters)!, parsed.GetValue(test), random, folder, "t10k");
        });
        return letters;
    }

    private static void Write(FontFamilies families, string characters, int count, Random random, string folder, string name)
    {
        Console.WriteLine($"{name}: {count} images of {families.Fonts} fonts: {families}");
        var (images, labels) = (new byte[count * LetterImage.Side * LetterImage.Side], new byte[count]);
        for (var i = 0; i < count; i++)
        {
            labels[i] = (byte)random.Next(characters.Length);
            LetterImage.Draw(families.Any(random), characters[labels[i]], random)
                .CopyTo(images.AsSpan(i * LetterImage.Side * LetterImage.Side));
        }

        IdxWriter.Write(Path.Combine(folder, $"{name}-images-idx3-ubyte.gz"), images, count, LetterImage.Side, LetterImage.Side);
        IdxWriter.Write(Path.Combine(folder, $"{name}-labels-idx1-ubyte.gz"), labels, count);
    }
}
