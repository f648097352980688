using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.Pipeline.Demo.Output;
using Nin.Pipeline.Demo.Scoring;
using Spectre.Console;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>Exports a saved model's network as ONNX, for programs without libtorch or without .NET.</summary>
internal static class ExportCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var model = ModelArgument.Create();
        var output = new Option<string>("--out") { Description = "File to write.", DefaultValueFactory = _ => "model.onnx" };
        var command = new DemoCommand(
            "export", "The network of a saved model as ONNX: from pixels to scores and the name of the class.",
            "export model/nin.zip --out model.onnx")
        {
            model, output,
        };
        command.SetAction(parsed => Run(console, parsed.GetValue(model)!, parsed.GetValue(output)!));
        return command;
    }

    private static void Run(IAnsiConsole standard, string path, string output)
    {
        WholeFile.Prepare(output);
        var console = Narration.For(standard, output);
        var context = new MLContext();
        using var model = SavedModel.Load(context, path);
        var nin = model.Nin;
        var schema = SchemaDefinition.Create(typeof(Pixels));
        (schema[nameof(Pixels.Features)].ColumnName, schema[nameof(Pixels.Features)].ColumnType) =
            (nin.FeatureColumnName, nin.FeatureColumnType);
        using var onnx = new MemoryStream();
        context.Model.ConvertToOnnx(model.FromFeatures, context.Data.LoadFromEnumerable(Array.Empty<Pixels>(), schema), onnx);
        var bytes = onnx.ToArray();
        WholeFile.Write(output, file => file.Write(bytes));
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"onnx    {Path.GetFullPath(output)} ({bytes.Length:N0} bytes), input {nin.FeatureColumnName}: " +
            $"[N, {string.Join(", ", nin.Model.ImageLayout.Dimensions)}], pixels from 0 to 255"));
    }

    private sealed class Pixels
    {
        public float[] Features { get; set; } = [];
    }
}
