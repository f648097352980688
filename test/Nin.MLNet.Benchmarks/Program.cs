// all [--rounds N] [--threads N] [--only NAME]: the table of claims; every contender is a separate process, interleaved.
// ratio A B [--rounds N] [--contender NAME]: two builds of this program side by side.
// profile [large|small]: time per phase and layer of a training step.
// memory: peak and leftover memory of training, growth during scoring, time to the first prediction.
// curve: speed and peak memory against image size, batch, rows and threads, with a plot.
// collector: predictions and trainings while a thread collects garbage continuously.
// exported [--rounds N] [--threads N]: the default network in this library and, exported to ONNX, without it: one row and batches.
// batches: how far scores depend on the size of the batch they are computed in.
// pieces: BenchmarkDotNet on reading a row, filling a batch and one prediction, and on the library's own implementations against others.
// scale [--ranks N] [--workload large|small] [--rounds N]: processes connected by Open MPI against one with as many threads.
// scale --model [--speeds SMALL LARGE] [--alpha MICROSECONDS]: from this machine's speed, a model of 8 to 1,024 such machines.
// serve [--requests N] [--rounds N] [--connections N ...]: the sample server with our engine and with ONNX Runtime, under load.
// mirrors [--data FOLDER]: whether accuracy on mirror images predicts early that mirroring will help.
// learning [--minutes N] [--seeds N]: the default recipe in this library and in PyTorch, by turns: accuracy after so many minutes.
// plot [--table FILE] [--out PAGE]: test accuracy against minutes on each machine, from docs/learning.md's table of all training runs.
// letters [--characters TEXT] [--out FOLDER]: characters of the installed fonts as a data set of IDX files.
// run CONTENDER large|small [float32|bfloat16] [--threads N]: one of them, in this process; prints threads and figures, one per line.
using System.CommandLine;
using Nin.MLNet;
using Nin.MLNet.Benchmarks;
using Nin.MLNet.Benchmarks.Learning;
using Nin.MLNet.Benchmarks.Serving;

var threads = new Option<int>("--threads")
{
    Description = "Threads that every contender is to use; default: the machine's cores.",
    DefaultValueFactory = _ => Machine.Cores,
};
var anyway = new Option<bool>("--anyway") { Description = "Measure although other work runs on the machine." };
Option<int> Rounds(int number) =>
    new("--rounds") { Description = "Times each contender runs, in turns.", DefaultValueFactory = _ => number };

var rounds = Rounds(3);
var finalists = new Option<int>("--finalists")
{
    Description = "How many variants of PyTorch run in every round: the quickest of a short run of all.",
    DefaultValueFactory = _ => 2,
};
var only = new Option<string?>("--only") { Description = "Runs only contenders whose name contains this." };
var all = new Command("all", "The table of claims.") { rounds, finalists, threads, only, anyway };
all.SetAction(parsed =>
{
    Machine.RequireQuiet(parsed.GetValue(anyway));
    ClaimsReport.Print(parsed.GetValue(rounds), parsed.GetValue(finalists), parsed.GetValue(threads), parsed.GetValue(only));
});

var a = new Argument<string>("A") { Description = "A built benchmark program (executable or dll)." };
var b = new Argument<string>("B") { Description = "The one it is compared with." };
var pairs = Rounds(10);
var compared = new Option<string>("--contender") { Description = "What both run.", DefaultValueFactory = _ => "train" };
var network = new Option<string>("--workload") { Description = "large or small.", DefaultValueFactory = _ => "small" };
var format = new Option<string>("--precision") { Description = "auto, float32 or bfloat16.", DefaultValueFactory = _ => "auto" };
var ratio = new Command("ratio", "Two builds side by side: what A does over what B does.")
{
    a, b, pairs, compared, network, format, threads, anyway,
};
ratio.SetAction(parsed =>
{
    Machine.RequireQuiet(parsed.GetValue(anyway));
    string[] arguments = [parsed.GetValue(compared)!, parsed.GetValue(network)!, parsed.GetValue(format)!];
    PairedBuilds.Print(parsed.GetValue(a)!, parsed.GetValue(b)!, arguments, parsed.GetValue(pairs), parsed.GetValue(threads));
});

var name = new Argument<string>("contender");
var size = new Argument<string>("workload");
var detail = new Argument<string>("detail") { DefaultValueFactory = _ => "auto" };
var run = new Command("run", "One contender.") { name, size, detail, threads };
run.SetAction(parsed =>
{
    var workload = Workload.Of(parsed.GetValue(size)!);
    var text = parsed.GetValue(detail)!;
    var count = parsed.GetValue(threads);
    var precision = Enum.TryParse<NinTrainer.Precision>(text, ignoreCase: true, out var given) ? given : NinTrainer.Precision.Auto;
    var measured = parsed.GetValue(name) switch
    {
        "together" => Scaling.Train(workload, precision, count),
        "sum-gradient" => Scaling.SumGradient(workload, text, inBFloat16: false, count),
        "sum-bfloat16" => Scaling.SumGradient(workload, text, inBFloat16: true, count),
        "train" => Ours.Train(workload, precision, count),
        "transform" => Ours.Transform(workload, precision, count),
        "bare-train" => Ours.BareTrain(workload, precision, count),
        "bare-score" => Ours.BareScore(workload, precision, count),
        "predict" => Ours.Predict(workload, precision, count),
        "matmul" => MatrixProduct.Run(precision, count),
        "stock-train" => Stock.Train(workload, count),
        "onnx-runtime" => OnnxPeers.Runtime(workload, text, count),
        "onnx-transformer" => OnnxPeers.Transformer(workload, text, count),
        "learn" => LearningRace.Learn(text, count),
        "exported-predict" => ExportedModel.Predict(workload, text, count),
        "point" => LibTorchs(CostPoint.Parse(text).Measure()),
        "memory-training" => LibTorchs(Memory.Training(
            rows: text.StartsWith("10x", StringComparison.Ordinal) ? 600_000 : 60_000,
            budget: text.EndsWith("streamed", StringComparison.Ordinal) ? 8L << 20 : null)),
        "memory-scoring" => LibTorchs(Memory.Scoring()),
        "load-only" => LibTorchs(FirstPrediction.LoadOnly()),
        "load-and-predict" => LibTorchs(FirstPrediction.LoadAndPredict(text)),
        var other => throw new ArgumentException($"Unknown contender '{other}'."),
    };
    if (Scaling.IsFirst)
        Contender.Write(measured);

    // Figures already measured, with the number of threads that libtorch uses now.
    static Measured LibTorchs(IEnumerable<double> figures) => new(TorchSharp.torch.get_num_threads(), [.. figures]);
});

var spin = new Command("spin", "Keeps a core busy until its input ends.") { Hidden = true };
spin.SetAction(_ => BusyProcess.Spin());

var which = new Argument<string>("workload") { DefaultValueFactory = _ => "large" };
var profile = new Command("profile", "Where the time of a training step goes.") { which, anyway };
profile.SetAction(parsed =>
{
    Machine.RequireQuiet(parsed.GetValue(anyway));
    Profile.Print(Workload.Of(parsed.GetValue(which)!), NinTrainer.Precision.Auto);
});

var memory = new Command("memory", "Peak and rest of training, growth of scoring, time to the first prediction.");
memory.SetAction(_ => Footprint.Print());

var output = new Option<string>("--out") { Description = "Page for the plot.", DefaultValueFactory = _ => "cost-curve.html" };
var curve = new Command("curve", "Speed and peak memory against image size, batch, rows and threads.") { output, anyway };
curve.SetAction(parsed =>
{
    Machine.RequireQuiet(parsed.GetValue(anyway));
    CostCurve.Print(parsed.GetValue(output)!);
});

var predictions = new Option<int>("--predictions") { Description = "How many.", DefaultValueFactory = _ => 1_000_000 };
var trainings = new Option<int>("--trainings") { Description = "How many.", DefaultValueFactory = _ => 300 };
var collector = new Command("collector", "Predictions and trainings beside a thread that collects garbage all the time.")
{
    predictions,
    trainings,
};
collector.SetAction(parsed => Collector.Print(parsed.GetValue(predictions), parsed.GetValue(trainings)));

var exported = new Command("exported", "The default network in this library and, exported to ONNX, without it.")
{
    rounds,
    threads,
    anyway,
};
exported.SetAction(parsed =>
{
    Machine.RequireQuiet(parsed.GetValue(anyway));
    ExportedModel.Print(parsed.GetValue(rounds), parsed.GetValue(threads));
});

var ranks = new Option<int>("--ranks") { Description = "Processes.", DefaultValueFactory = _ => 2 };
var scaled = new Option<string>("--workload") { Description = "large or small.", DefaultValueFactory = _ => "small" };
var scalings = Rounds(5);
var onPaper = new Option<bool>("--model") { Description = "From this machine's speed, what 8 to 1,024 such machines would do on paper." };
var speeds = new Option<double[]>("--speeds")
{
    Description = "Images/s of the default network and of the book's for --model, measured before; measured now if left out.",
    AllowMultipleArgumentsPerToken = true,
    DefaultValueFactory = _ => [],
};
var alpha = new Option<double>("--alpha")
{
    Description = "Microseconds from one program to another for --model.",
    DefaultValueFactory = _ => ScalingOnPaper.UsualAlpha,
};
var scale = new Command("scale", "Processes that Open MPI connects against one with as many threads.")
{
    ranks, scaled, scalings, onPaper, speeds, alpha, anyway,
};
scale.SetAction(parsed =>
{
    var known = parsed.GetValue(speeds)!;
    Machine.RequireQuiet(parsed.GetValue(anyway) || known.Length > 0);
    if (parsed.GetValue(onPaper))
        ScalingOnPaper.Print(parsed.GetValue(scalings), known, parsed.GetValue(alpha));
    else
        Scaling.Print(parsed.GetValue(scalings), parsed.GetValue(ranks), parsed.GetValue(scaled)!);
});

var batches = new Command("batches", "How far scores depend on the size of the batch they are computed in.");
batches.SetAction(_ => BatchEffect.Print());

var pieces = new Command("pieces", "The small pieces: reading a row, filling a batch, one prediction.") { anyway };
pieces.SetAction(parsed =>
{
    Machine.RequireQuiet(parsed.GetValue(anyway));
    BenchmarkDotNet.Running.BenchmarkRunner.Run<Pieces>();
    BenchmarkDotNet.Running.BenchmarkRunner.Run<HandWritten>();
});

try
{
    var root = new RootCommand("Measures what Nin.MLNet claims.")
    {
        all, ratio, profile, memory, curve, collector, exported, batches, scale, pieces, run, spin,
    };
    root.Add(ServeCommand.Create(Rounds(3), anyway));
    root.Add(ServeCommand.CreateServer());
    root.Add(LearningRace.Create(threads, anyway));
    root.Add(LearningCurve.Create());
    root.Add(LettersCommand.Create());
    root.Add(MirrorStudy.Create());
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is InvalidOperationException or ArgumentException)
{
    // The exception messages say what is wrong and what to do.
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}
