using Nin.MLNet.Tests.Mpi;
using Nin.MLNet.Tests.Native;

namespace Nin.MLNet.Tests;

/// <summary>Runs the tests, or the task for which a test started this process.</summary>
internal static class TestProgram
{
    public static Task<int> Main(string[] args) => args switch
    {
        [RankProgram.Argument, .. var rest] => Task.FromResult(RankProgram.Run(rest)),
        [PluginTraining.Argument] => Task.FromResult(LoadContextTests.SumInAPlugin()),
        _ => MicrosoftTestingPlatformApplication.RunAsync(args),
    };
}
