// all [--rounds N]: the table of claims, every contender a process of its own, interleaved.
// profile [large|small]: time per phase and layer of a training step.
// memory: peak and rest of training, growth of scoring, time to the first prediction.
// curve: speed and peak memory against image size, batch, rows and threads, with a plot.
// pieces: BenchmarkDotNet over reading a row, filling a batch, one prediction.
// run CONTENDER large|small [float32|bfloat16]: one of them, in this process; figures one a line.
using System.CommandLine;
using System.Globalization;
using Nin.MLNet;
using Nin.MLNet.Benchmarks;

var rounds = new Option<int>("--rounds") { Description = "Times each contender runs, in turns.", DefaultValueFactory = _ => 3 };
var only = new Option<string?>("--only") { Description = "Run contenders whose name contains this alone." };
var all = new Command("all", "The table of claims.") { rounds, only };
all.SetAction(parsed =>
{
    Claims.Print(parsed.GetValue(rounds), parsed.GetValue(only));
    if (parsed.GetValue(only) is null)
        Footprint.Print();
});

var name = new Argument<string>("contender");
var size = new Argument<string>("workload");
var detail = new Argument<string>("detail") { DefaultValueFactory = _ => "auto" };
var run = new Command("run", "One contender.") { name, size, detail };
run.SetAction(parsed =>
{
    var workload = Workload.Of(parsed.GetValue(size)!);
    var text = parsed.GetValue(detail)!;
    var precision = Enum.TryParse<NinTrainer.Precision>(text, ignoreCase: true, out var given) ? given : NinTrainer.Precision.Auto;
    var figures = parsed.GetValue(name) switch
    {
        "train" => Ours.Train(workload, precision),
        "transform" => Ours.Transform(workload, precision),
        "bare-train" => Ours.BareTrain(workload, precision),
        "bare-score" => Ours.BareScore(workload, precision),
        "predict" => Ours.Predict(workload, precision),
        "matmul" => Ours.MatrixProduct(precision),
        "point" => CostPoint.Parse(text).Measure(),
        "memory-training" => Memory.Training(text.StartsWith("10x", StringComparison.Ordinal) ? 600_000 : 60_000, text.EndsWith("streamed", StringComparison.Ordinal) ? 8L << 20 : null),
        "memory-scoring" => Memory.Scoring(),
        "load-only" => FirstPrediction.LoadOnly(),
        "load-and-predict" => FirstPrediction.LoadAndPredict(text),
        "stock-train" => Stock.Train(workload),
        "onnx-runtime" => OnnxPeers.Runtime(workload, text),
        "onnx-transformer" => OnnxPeers.Transformer(workload, text),
        var other => throw new ArgumentException($"Unknown contender '{other}'."),
    };
    foreach (var figure in figures)
        Console.WriteLine(figure.ToString("R", CultureInfo.InvariantCulture));
});

var which = new Argument<string>("workload") { DefaultValueFactory = _ => "large" };
var profile = new Command("profile", "Where the time of a training step goes.") { which };
profile.SetAction(parsed => Profile.Print(Workload.Of(parsed.GetValue(which)!), NinTrainer.Precision.Auto));

var memory = new Command("memory", "Peak and rest of training, growth of scoring, time to the first prediction.");
memory.SetAction(_ => Footprint.Print());

var output = new Option<string>("--out") { Description = "Page for the plot.", DefaultValueFactory = _ => "cost-curve.html" };
var curve = new Command("curve", "Speed and peak memory against image size, batch, rows and threads.") { output };
curve.SetAction(parsed => CostCurve.Print(parsed.GetValue(output)!));

var pieces = new Command("pieces", "The small pieces: reading a row, filling a batch, one prediction.");
pieces.SetAction(_ => BenchmarkDotNet.Running.BenchmarkRunner.Run<Pieces>());

return new RootCommand("Measures what Nin.MLNet claims.") { all, profile, memory, curve, pieces, run }.Parse(args).Invoke();
