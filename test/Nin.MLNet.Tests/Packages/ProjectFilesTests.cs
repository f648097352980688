namespace Nin.MLNet.Tests.Packages;

/// <summary>The packages that this product is promised to stand on are referenced where they belong.</summary>
[TestClass]
public sealed class ProjectFilesTests
{
    [TestMethod]
    [DataRow("src/Nin.MLNet/Nin.MLNet.csproj", "Microsoft.ML")]
    [DataRow("src/Nin.MLNet/Nin.MLNet.csproj", "Microsoft.ML.TorchSharp")]
    [DataRow("src/Nin.MLNet/Nin.MLNet.csproj", "Microsoft.ML.ImageAnalytics")]
    [DataRow("src/Nin.MLNet/Nin.MLNet.csproj", "TorchSharp")]
    [DataRow("src/Nin.Pipeline.Demo/Nin.Pipeline.Demo.csproj", "Microsoft.ML.ImageAnalytics")]
    [DataRow("test/Nin.MLNet.Tests/Nin.MLNet.Tests.csproj", "MSTest")]
    public void Project_ThePackageItStandsOn_IsReferencedAlwaysWithACentralVersion(string project, string package)
    {
        Assert.Contains((package, ""), ProjectFile.Read(project).Packages);
        Assert.Contains((package, ""), ProjectFile.Read("Directory.Packages.props").Versions);
    }

    // Internals may change in any minor version: a program that brings a later one is told at restore.
    [TestMethod]
    [DataRow("Microsoft.ML")]
    [DataRow("Microsoft.ML.DataView")]
    public void Version_OfAPackageWhoseInternalsAreUsed_IsBoundAbove(string package)
    {
        var line = File.ReadLines(Path.Combine(Repository.Root, "Directory.Packages.props"))
            .Single(line => line.Contains($"Include=\"{package}\"", StringComparison.Ordinal));
        StringAssert.Contains(line, ",5.1)");
    }

    [TestMethod]
    public void Backend_Default_IsLibTorchForTheProcessor()
    {
        Assert.AreEqual("cpu", ProjectFile.Read("Directory.Build.props").Property("TorchBackend"));
        var cpu = ProjectFile.Read("Directory.Build.targets").Packages.Single(package => package.Name == "libtorch-cpu-$(LibTorchRid)");
        Assert.EndsWith("'$(TorchBackend)' == 'cpu'", cpu.Condition);
    }

    [TestMethod]
    public void Backend_Cuda_IsTorchSharpCudaOfTheBuildingSystem()
    {
        var targets = ProjectFile.Read("Directory.Build.targets");
        var cuda = targets.Packages.Single(package => package.Name == "$(CudaPackage)");
        Assert.EndsWith("'$(TorchBackend)' == 'cuda'", cuda.Condition);
        string[] names = ["TorchSharp-cuda-linux", "TorchSharp-cuda-windows"];
        CollectionAssert.AreEquivalent(names, targets.Values("CudaPackage").ToArray());
        Assert.Contains(("TorchSharp-cuda-linux", ""), ProjectFile.Read("Directory.Packages.props").Versions);
    }

    [TestMethod]
    [DataRow("src/Nin.Pipeline.Demo/Nin.Pipeline.Demo.csproj", "true")]
    [DataRow("test/Nin.MLNet.Tests/Nin.MLNet.Tests.csproj", "true")]
    [DataRow("test/Nin.MLNet.Benchmarks/Nin.MLNet.Benchmarks.csproj", "true")]
    [DataRow("docs/samples/Nin.Server/Nin.Server.csproj", "true")]
    [DataRow("src/Nin.MLNet/Nin.MLNet.csproj", null)]
    [DataRow("src/Nin.MLNet.Mpi/Nin.MLNet.Mpi.csproj", null)]
    public void LibTorch_OfAProject_ComesWithProgramsAndNotWithTheLibrary(string project, string? brings) =>
        Assert.AreEqual(brings, ProjectFile.Read(project).Property("UsesLibTorch"));
}
