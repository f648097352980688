using Nin.MLNet.Tests.Mpi;
using Nin.MLNet.Tests.Native;

namespace Nin.MLNet.Tests;

/// <summary>Runs the tests, or what a test has started it for.</summary>
internal static class TestProgram
{
    public static Task<int> Main(string[] args) => args switch
    {
        [RankProgram.Argument, .. var rest] => Task.FromResult(RankProgram.Run(rest)),
        [PluginTraining.Argument] => Task.FromResult(LoadContextTests.SumInAPlugin()),
        _ => MicrosoftTestingPlatformApplication.RunAsync(args),
    };
}
