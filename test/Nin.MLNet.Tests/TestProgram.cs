using Nin.MLNet.Tests.Mpi;

namespace Nin.MLNet.Tests;

/// <summary>Runs the tests, or, where a test of MPI has started it by <c>mpirun</c>, what that test asks for.</summary>
internal static class TestProgram
{
    public static Task<int> Main(string[] args) => args is [RankProgram.Argument, .. var rest]
        ? Task.FromResult(RankProgram.Run(rest))
        : MicrosoftTestingPlatformApplication.RunAsync(args);
}
