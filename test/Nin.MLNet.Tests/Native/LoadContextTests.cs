using System.Reflection;
using System.Runtime.InteropServices;

namespace Nin.MLNet.Tests.Native;

/// <summary>A plugin loads its own copies of this library, ML.NET and TorchSharp beside the program's, over one libtorch.</summary>
[TestClass]
public sealed class LoadContextTests
{
    private static string Library => typeof(PluginTraining).Assembly.Location;

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Fit_InAPluginsContext_GivesWhatTheProgramsOwnGives(bool isCollectible)
    {
        var plugin = new PluginContext(Library, isCollectible, throws: false);
        CollectionAssert.AreEqual(PluginTraining.Scores(), Scores(plugin));
        string[] own = [.. plugin.Assemblies.Select(assembly => assembly.GetName().Name!)];
        Assert.IsTrue(new[] { "Nin.MLNet", "TorchSharp", "Microsoft.ML.Data" }.All(own.Contains), string.Join(", ", own));
    }

    [TestMethod]
    public void Fit_InTwoPluginsAndTheProgramAtOnce_GivesTheSameInEach()
    {
        var expected = PluginTraining.Scores();
        PluginContext[] plugins = [new(Library, isCollectible: false, throws: false), new(Library, isCollectible: true, throws: false)];
        Func<float[]>[] all = [PluginTraining.Scores, () => Scores(plugins[0]), () => Scores(plugins[1])];
        var found = new float[all.Length][];
        Parallel.For(0, all.Length, i => found[i] = all[i]());
        foreach (var scores in found)
            CollectionAssert.AreEqual(expected, scores);
    }

    [TestMethod]
    public void Fit_InAContextThatThrowsForTorchSharpsLibrary_SaysWhatToWriteInstead()
    {
        var plugin = new PluginContext(Library, isCollectible: false, throws: true);
        if (NativeLibrary.TryLoad(plugin.PathOf("LibTorchSharp")!, out _))
            Assert.Inconclusive("This system's libstdc++ is new enough.");
        Exception? error = Assert.ThrowsExactly<TargetInvocationException>(() => Scores(plugin));
        while (error is not (null or DllNotFoundException))
            error = error.InnerException;
        StringAssert.Contains(error?.Message, "Let its LoadUnmanagedDll end with");
        // TorchSharp would have copied libtorch there.
        Assert.IsFalse(Directory.Exists(Path.Combine(AppContext.BaseDirectory, "cpu")));
    }

    // In a separate process: what one context has loaded, the others find.
    [TestMethod]
    public void TorchSharp_UsedByAPluginAfterAnyCallOfOurs_IsLoaded() => ChildProcess.Run([PluginTraining.Argument]);

    /// <returns>0 if the plugin found the right sum.</returns>
    internal static int SumInAPlugin() =>
        Run(new PluginContext(Library, isCollectible: false, throws: false), nameof(PluginTraining.OwnSum)) is [3] ? 0 : 1;

    private static float[] Scores(PluginContext plugin) => Run(plugin, nameof(PluginTraining.Scores));

    private static float[] Run(PluginContext plugin, string method)
    {
        var training = plugin.LoadFromAssemblyPath(Library).GetType(typeof(PluginTraining).FullName!)!;
        Assert.AreNotSame(typeof(PluginTraining), training);
        return (float[])training.GetMethod(method, BindingFlags.Static | BindingFlags.Public)!.Invoke(null, [])!;
    }
}
