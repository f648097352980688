using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Nin.MLNet.Benchmarks;

/// <summary>
/// One way to run PyTorch that an expert might choose: a memory layout, a number format and an allocator.
/// </summary>
internal sealed record PyTorchPeer(string Layout, string Precision, string Allocator)
{
    private const string Python = "/usr/bin/python3";
    private const string Jemalloc = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2";

    /// <summary>
    /// By default both allocators return the large blocks of each step to the system and fault them in again. "kept" makes them keep
    /// the blocks, as ours does. (jemalloc's defaults, and the settings in PyTorch's tuning guide for it, do not keep them.)
    /// </summary>
    private static readonly Dictionary<string, Dictionary<string, string>> Allocators = new()
    {
        ["glibc kept"] = new()
        {
            ["MALLOC_MMAP_THRESHOLD_"] = "1073741824",
            ["MALLOC_TRIM_THRESHOLD_"] = "2147483647",
            ["MALLOC_ARENA_MAX"] = "1",
        },
        ["jemalloc kept"] = new() { ["LD_PRELOAD"] = Jemalloc, ["MALLOC_CONF"] = "dirty_decay_ms:-1,muzzy_decay_ms:-1" },
        ["jemalloc kept, huge pages"] = new()
        {
            ["LD_PRELOAD"] = Jemalloc,
            ["MALLOC_CONF"] = "dirty_decay_ms:-1,muzzy_decay_ms:-1,thp:always",
        },
        ["glibc"] = [],
    };

    /// <summary>All variants that this machine can run, those likely to be fast first.</summary>
    public static IReadOnlyList<PyTorchPeer> All(ProcessorKind kind) =>
    [
        .. from layout in new[] { "channels_last", "nchw" }
           from precision in kind == ProcessorKind.BFloat16 ? ["bfloat16", "float32"] : new[] { "float32" }
           from allocator in Allocators
           where !allocator.Value.TryGetValue("LD_PRELOAD", out var library) || File.Exists(library)
           select new PyTorchPeer(layout, precision, allocator.Key),
    ];

    /// <summary>PyTorch's version, or "absent".</summary>
    public static string Version() => Run(["-c", "import torch; print(torch.__version__)"]) ?? "absent";

    /// <summary>
    /// Writes a workload's network to an ONNX file, with random weights or those of a trained model of that network. Writes nothing if
    /// PyTorch is missing.
    /// </summary>
    public static void ExportOnnx(string size, string file, NinModelParameters? model = null)
    {
        string[] learnt = [];
        if (model is not null)
        {
            var weights = Path.ChangeExtension(file, "safetensors");
            model.SaveWeights(weights);
            learnt = [weights, Text(model.Normalization.Mean[0]), Text(model.Normalization.Std[0])];
        }

        Run([Script("export_onnx.py"), size, file, .. learnt]);
    }

    /// <summary>Training, scoring or both, each measured for the given number of seconds.</summary>
    public Contender Contender(string name, string size, string what, int threads, double seconds, int width = 32) => Start(
        name, threads,
        [Script("pytorch_peer.py"), size, what, Layout, Precision, Text(threads), Text(seconds), Text(width)]);

    /// <summary>A training of the default recipe on IDX files for the given number of seconds: test accuracy, log-loss, epochs.</summary>
    public Contender Learner(string name, string folder, int width, int threads, double seconds, int seed) => Start(
        name, threads,
        [Script("pytorch_learning.py"), folder, Text(width), Layout, Precision, Text(threads), Text(seconds), Text(seed)]);

    public override string ToString() => $"{Layout}, {Precision}, {Allocator}";

    private Contender Start(string name, int threads, IReadOnlyList<string> arguments) => new(name, threads, Python, arguments)
    {
        Environment = new Dictionary<string, string>(Allocators[Allocator]) { ["OMP_NUM_THREADS"] = Text(threads) },
    };

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "peers", name);

    /// <summary>Python's output; null if Python is missing or fails, which is reported.</summary>
    private static string? Run(IReadOnlyList<string> arguments)
    {
        try
        {
            var start = new ProcessStartInfo(Python, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            if (process.ExitCode == 0)
                return output;
            Console.Error.WriteLine($"{string.Join(' ', arguments)}: {errors.Result.Trim().Split('\n')[^1]}");
            return null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
