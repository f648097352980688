using Spectre.Console;

namespace Nin.MLNet.Benchmarks;

/// <summary>Measures everything that is claimed and prints it: the PyTorch heats, the medians and the claims.</summary>
internal static class ClaimsReport
{
    public static void Print(int rounds, int finalists, int threads, string? only)
    {
        var header = Machine.Describe(threads);
        var kind = Processor.OfThisMachine().Kind;
        var heats = new Dictionary<string, PyTorchHeat>();
        var folder = Directory.CreateTempSubdirectory();
        foreach (var size in new[] { "large", "small" })
            PyTorchPeer.ExportOnnx(size, Path.Combine(folder.FullName, $"{size}.onnx"));
        var book = new Rounds([.. Contenders.All(kind, threads, folder.FullName, Finalists).Where(contender => IsWanted(contender.Name))]);
        for (var round = 0; round < rounds; round++)
            book.Run();
        folder.Delete(recursive: true);

        var console = PlainConsole.Create();
        console.WriteLine($"{header}, {rounds} round(s) interleaved");
        if (heats.Count > 0)
        {
            var table = new Table().Border(TableBorder.Ascii)
                .AddColumns("network", "PyTorch, one short run of each variant", "training, images/s", "scoring, images/s");
            foreach (var heat in heats.Values)
                heat.AddTo(table);
            console.Write(table);
        }

        console.Write(book.Medians());
        var claims = new Table().Border(TableBorder.Ascii).AddColumns("claim", "goal", "median", "min", "max", "n", "threads", "met");
        foreach (var claim in Claims.All().Where(claim => only is null || claim.Sides.All(book.Runs)))
            claims.AddRow(claim.Row(book, kind));
        console.Write(claims);

        bool IsWanted(string name) => only is null || name.Contains(only, StringComparison.Ordinal);

        IReadOnlyList<PyTorchPeer> Finalists(string size, bool training)
        {
            var prefix = size + (training ? Contenders.TrainPyTorch : Contenders.ScorePyTorch);
            if (!PyTorchPeer.All(kind).Any(peer => IsWanted(prefix + peer)))
                return [];
            if (!heats.TryGetValue(size, out var heat))
                heats.Add(size, heat = PyTorchHeat.Run(size, kind, threads));
            return heat.Finalists(training, finalists);
        }
    }
}
