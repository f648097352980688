using Nin.MLNet.Data;

namespace Nin.MLNet.Tests.Data;

[TestClass]
public sealed class PixelFileTests
{
    [TestMethod]
    public void Append_SmallAndLargeParts_ReadBackFromWhereTheyBegin()
    {
        var random = new Random(1);
        byte[][] parts = [.. new[] { 3, 1 << 20, 700_000, 0, 700_000, 3 << 20, 5 }.Select(length => Bytes(length))];
        using var file = new PixelFile(Path.GetTempPath(), null);
        long[] starts = [.. parts.Select(part => file.Append(part))];
        file.Flush();
        for (var i = 0; i < parts.Length; i++)
        {
            var found = new byte[parts[i].Length];
            file.Read(starts[i], found);
            Assert.IsTrue(found.AsSpan().SequenceEqual(parts[i]), $"part {i}");
        }

        Assert.AreEqual(parts.Sum(part => (long)part.Length), file.Length);

        byte[] Bytes(int length)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            return bytes;
        }
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void New_FolderThatCannotBeWritten_NamesItAndTheWayOut()
    {
        // Not even root can write here.
        var error = Assert.Throws<IOException>(() => new PixelFile("/proc", expected: 1_234_567).Dispose());
        foreach (var part in new[] { "'/proc'", "about 1,234,567 bytes", "Options.CacheDirectory", "Options.CacheBudget" })
            StringAssert.Contains(error.Message, part);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Append_DiskIsFull_NamesTheFolderTheBytesAndTheWayOut()
    {
        using var file = new PixelFile(
            "/some/folder", 9_000_000, File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite));
        var error = Assert.Throws<IOException>(() => file.Append(new byte[2 << 20]));
        string[] parts =
        [
            "'/some/folder'", "about 9,000,000 bytes", "took 0", "space left", "Options.CacheDirectory", "Options.CacheBudget",
        ];
        foreach (var part in parts)
            StringAssert.Contains(error.Message, part);
    }

    [TestMethod]
    public void Read_FileCutOff_SaysSo()
    {
        var path = Path.GetTempFileName();
        try
        {
            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            using var file = new PixelFile("/some/folder", null, handle);
            file.Append(new byte[100]);
            file.Flush();
            RandomAccess.SetLength(handle, 60);
            var error = Assert.Throws<IOException>(() => file.Read(50, new byte[20]));
            foreach (var part in new[] { "'/some/folder'", "ends at byte 60 of 100", "Options.CacheDirectory" })
                StringAssert.Contains(error.Message, part);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Dispose_LeavesNoFile()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            using (var file = new PixelFile(folder.FullName, null))
            {
                file.Append(new byte[10]);
                file.Flush();
                // Where the system allows it, the file has no name even while in use, so that a killed process leaves none behind.
                if (!OperatingSystem.IsWindows())
                    Assert.IsEmpty(folder.GetFiles());
            }

            Assert.IsEmpty(folder.GetFiles());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
