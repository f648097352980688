using System.Globalization;
using System.Runtime.Intrinsics.X86;

// libtorch's arithmetic uses every core already, and its thread count belongs to the process.
[assembly: DoNotParallelize]

namespace Nin.MLNet.Tests;

[TestClass]
public sealed class TestSetup
{
    /// <summary>Sets the culture that NIN_TEST_CULTURE names ("tr-TR") on every thread; otherwise the machine's own is kept.</summary>
    [AssemblyInitialize]
    public static void Prepare(TestContext context)
    {
        if (Environment.GetEnvironmentVariable("NIN_TEST_CULTURE") is { Length: > 0 } name)
        {
            var culture = CultureInfo.GetCultureInfo(name, predefinedOnly: true);
            CultureInfo.DefaultThreadCurrentCulture = culture;
            CultureInfo.CurrentCulture = culture;
        }

        // Tests of internal parts use tensors before any public method has loaded libtorch.
        MLNet.Native.NativeTorch.EnsureLoaded();
    }

    [TestMethod]
    public void Culture_OfTheTests_IsTheOneAskedFor()
    {
        if (Environment.GetEnvironmentVariable("NIN_TEST_CULTURE") is not { Length: > 0 } name)
            return;
        Assert.AreEqual(name, CultureInfo.CurrentCulture.Name);
        var ofAnotherThread = "";
        var thread = new Thread(() => ofAnotherThread = CultureInfo.CurrentCulture.Name);
        thread.Start();
        thread.Join();
        Assert.AreEqual(name, ofAnotherThread);
    }

    [TestMethod]
    public void Processor_OfALesserRun_HasNoAvx512()
    {
        // The runtime's switches are renamed between versions, and an unknown one is silently ignored.
        if (Environment.GetEnvironmentVariable("DOTNET_EnableAVX512") == "0")
            Assert.IsFalse(Avx512F.IsSupported);
    }
}
