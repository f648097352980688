using System.Globalization;
using Spectre.Console;

namespace Nin.MLNet.Benchmarks;

/// <summary>The table of memory and of the time to the first prediction; each row runs in its own process.</summary>
internal static class Footprint
{
    public static void Print()
    {
        var folder = Directory.CreateTempSubdirectory();
        var zip = Path.Combine(folder.FullName, "large.zip");
        FirstPrediction.Prepare(zip);
        var table = new Table().Border(TableBorder.Ascii).AddColumns("what", "goal", "measured");
        Row("training 60,000 rows at 224: peak MB, MB left behind", "3072, 300", "memory-training", "1x");
        Row("the same streamed (8 MB budget)", "flat", "memory-training", "1x-streamed");
        Row("600,000 rows streamed (8 MB budget)", "flat", "memory-training", "10x-streamed");
        Row("growth in MB over 200,000 predictions, over 200 Transform passes", "0, 0", "memory-scoring", "none");
        Row("seconds to load libtorch", "", "load-only", "none");
        Row("seconds to load the zip and predict once, libtorch included", "libtorch + 1.5", "load-and-predict", zip);
        folder.Delete(recursive: true);
        var console = PlainConsole.Create();
        console.WriteLine(Machine.Describe(TorchSharp.torch.get_num_threads()));
        console.Write(table);

        void Row(string what, string goal, string contender, string detail)
        {
            var figures = Contender.Self(what, null, [contender, "small", detail]).Run()?.Figures;
            var texts = figures?.Select(figure => figure.ToString("0.##", CultureInfo.InvariantCulture));
            table.AddRow(what, goal, texts is null ? "absent" : string.Join(", ", texts));
        }
    }
}
