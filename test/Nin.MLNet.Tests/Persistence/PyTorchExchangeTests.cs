using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Nin.MLNet.Tests.Export;

namespace Nin.MLNet.Tests.Persistence;

/// <summary>Exchanges weights with a real PyTorch in both directions; pytorch/nin.py is the PyTorch side.</summary>
[TestClass]
public sealed class PyTorchExchangeTests
{
    private const int NoPyTorch = 77, Images = 12, Side = 14;
    private static readonly NinImageShape Shape = new(2, Side, Side);
    private static readonly MLContext Context = new(1);

    [TestMethod]
    public void Weights_ToPyTorchAndBack_ScoreAlikeInBoth()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            // One of each kind of layer.
            var architecture = new NinArchitecture(2,
            [
                new NinBlock([8, 6], 5, 2, 2) { Pooling = new NinPooling(NinPoolingKind.Max, 3, 2, 1), Dropout = 0.3 },
                new NinBlock([8, 8], 3, 1, 1) { Pooling = new NinPooling(NinPoolingKind.Average, 3, 2, 1) },
                new NinBlock([8, 3], 3, 1, 1),
            ])
            { BatchNorm = true, LastReLU = false };
            var layout = new NinImageLayout(Shape, channelsLast: false, [2, Side, Side]);
            using var ours = DrawnModel.Of(Context, architecture, layout);
            var images = DrawnModel.Images(Shape, Images);
            ours.Model.SaveWeights(Path.Combine(folder.FullName, "ours.safetensors"));
            File.WriteAllBytes(Path.Combine(folder.FullName, "images.f32"), MemoryMarshal.AsBytes<float>(images).ToArray());
            File.WriteAllText(Path.Combine(folder.FullName, "model.json"), JsonSerializer.Serialize(new
            {
                architecture,
                pixelMeans = ours.Model.PixelMeans,
                pixelStds = ours.Model.PixelStds,
                shape = (int[])[Images, 2, Side, Side],
            }));
            RunPyTorch(folder.FullName);

            AssertScores(folder, "ours", ours, images);
            using var theirs = new NinTransformer(Context, NinModelParameters.FromWeights(
                Path.Combine(folder.FullName, "theirs.safetensors"), architecture, layout, ["a", "b", "c"],
                ours.Model.PixelMeans, ours.Model.PixelStds, precision: NinTrainer.Precision.Float32));
            AssertScores(folder, "theirs", theirs, images);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void AssertScores(DirectoryInfo folder, string name, NinTransformer model, float[] images)
    {
        var expected = JsonSerializer.Deserialize<float[]>(File.ReadAllText(Path.Combine(folder.FullName, name + ".json")))!;
        var data = DrawnModel.View(Context, images, Images, model.Model.ImageLayout.Dimensions);
        var found = model.Transform(data).GetColumn<float[]>("Score").SelectMany(row => row).ToArray();
        Assert.HasCount(3 * Images, expected);
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], found[i], 1e-4, $"{name}, score {i}");
    }

    private static void RunPyTorch(string folder)
    {
        var script = Path.Combine(Repository.Root, "test", "Nin.MLNet.Tests", "Persistence", "pytorch", "nin.py");
        // The Python of a virtual environment may lack packages that the system's has.
        foreach (var python in new[] { "python3", "/usr/bin/python3" })
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(python, [script, folder]) { RedirectStandardError = true })!;
                var errors = process.StandardError.ReadToEnd();
                process.WaitForExit();
                if (process.ExitCode == NoPyTorch)
                    continue;
                Assert.AreEqual(0, process.ExitCode, errors);
                return;
            }
            catch (Win32Exception)
            {
                // This program is not installed.
            }
        }

        Assert.Inconclusive("No Python with PyTorch was found (Debian: apt-get install python3-torch): nothing was exchanged.");
    }
}
