using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Nin.Pipeline.Demo.Reports;

/// <summary>What measured figures depend on, in one line.</summary>
internal static class Machine
{
    public static string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} core(s), {Processor()}, {RuntimeInformation.OSDescription}, .NET {Environment.Version}, " +
        $"ML.NET {Version(typeof(Microsoft.ML.MLContext))}, TorchSharp {Version(typeof(TorchSharp.torch))}");

    // The package version: ML.NET's assemblies all have the version 1.0.0.
    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static string Processor() =>
        File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
                ?.Split(':')[^1].Trim() ?? ""
            : RuntimeInformation.ProcessArchitecture.ToString();
}
