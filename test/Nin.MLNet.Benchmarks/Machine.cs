using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Nin.MLNet.Native;

namespace Nin.MLNet.Benchmarks;

/// <summary>What a figure depends on, and whether the machine is quiet enough to measure.</summary>
internal static class Machine
{
    /// <summary>Load average of the last minute above which nothing is measured.</summary>
    private const double Quiet = 0.5;

    public static int Cores => Environment.ProcessorCount;

    /// <exception cref="InvalidOperationException">Other work is running, or ran within the last minute.</exception>
    public static void RequireQuiet(bool anyway) => RequireQuiet(File.ReadAllText("/proc/loadavg"), anyway);

    /// <summary>Reads the first number of /proc/loadavg.</summary>
    public static void RequireQuiet(string loadAverage, bool anyway)
    {
        var lastMinute = double.Parse(loadAverage.Split(' ')[0], CultureInfo.InvariantCulture);
        if (lastMinute > Quiet && !anyway)
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"The load average of the last minute is {lastMinute}, expected at most {Quiet}: other work would spoil the figures. ") +
                "Wait until it is over (a build counts, too), or give --anyway.");
        }
    }

    /// <summary>Hardware, versions, threads and load average, in one line.</summary>
    public static string Describe(int threads)
    {
        // TorchSharp reports libtorch's version, so libtorch must be loaded first.
        NativeTorch.EnsureLoaded();
        var libraries = $"TorchSharp {Version(typeof(TorchSharp.torch))}, libtorch {TorchSharp.torch.__version__}, " +
            $"PyTorch {PyTorchPeer.Version()}, ONNX Runtime {OrtEnv.Instance().GetVersionString()}";
        return $"{Cores} core(s), {Processor.OfThisMachine()}, {RuntimeInformation.OSDescription}, .NET {Environment.Version}, " +
            $"{libraries}, {threads} thread(s), load average {LoadAverage()}";
    }

    private static string LoadAverage() => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]);

    // The package version.
    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
