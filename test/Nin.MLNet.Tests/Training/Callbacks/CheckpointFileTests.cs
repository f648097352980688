using System.Security.Cryptography;
using Nin.MLNet.Training;
using Nin.MLNet.Training.Callbacks;

namespace Nin.MLNet.Tests.Training.Callbacks;

[TestClass]
public sealed class CheckpointFileTests
{
    private static readonly StepPlan Plan = new() { Taken = 3, Left = 7, Since = 1, Start = 0.25 };

    public static IEnumerable<object[]> NoTrainings =>
    [
        [nameof(StepPlan.Taken), Header(Plan with { Taken = -1 }), "numbers of steps or epochs"],
        [nameof(StepPlan.Left), Header(Plan with { Left = -1 }), "numbers of steps or epochs"],
        [nameof(StepPlan.Since), Header(Plan with { Since = -1 }), "numbers of steps or epochs"],
        [nameof(StepPlan.Start), Header(Plan with { Start = -0.1 }), "numbers of steps or epochs"],
        ["Start at its end", Header(Plan with { Start = 1 }), "numbers of steps or epochs"],
        ["an epoch", Header(Plan) with { History = [null!] }, "numbers of steps or epochs"],
        ["ranks", Header(Plan) with { Ranks = 0 }, "numbers of ranks or steps"],
        ["steps of an epoch", Header(Plan) with { StepsPerEpoch = 0 }, "numbers of ranks or steps"],
    ];

    [TestMethod]
    public void Read_WhatWriteWrote_GivesItBack()
    {
        var parts = new Dictionary<string, byte[]> { ["first"] = [1, 2, 3], ["empty"] = [] };
        var read = CheckpointFile.Read("path", Written(Header(Plan), parts));
        Assert.AreEqual(Plan, read.Header.Plan);
        Assert.AreEqual((5UL, 1, 1L), (read.Header.Seed, read.Header.Ranks, read.Header.StepsPerEpoch));
        CollectionAssert.AreEqual(parts.Keys, read.Parts.Keys.ToArray());
        CollectionAssert.AreEqual(parts["first"], read.Parts["first"]);
        Assert.IsEmpty(read.Parts["empty"]);
    }

    [TestMethod]
    public void Read_StepsAndEpochsAtTheirEdges_IsTaken() =>
        Assert.AreEqual(default, CheckpointFile.Read("path", Written(Header(default), [])).Header.Plan);

    [TestMethod]
    [DynamicData(nameof(NoTrainings))]
    public void Read_HeaderOfNoTraining_IsRefused(string what, object header, string said) =>
        StringAssert.Contains(Refused(Written((CheckpointHeader)header, [])), said, what);

    [TestMethod]
    [DataRow(0)]
    [DataRow(10)]
    [DataRow(23)]
    [DataRow(40)]
    public void Read_CutShort_IsRefused(int length) =>
        StringAssert.Contains(Refused(Written(Header(Plan), [])[..length]), "path");

    [TestMethod]
    public void Read_OneBitOfAPartFlipped_IsRefusedByItsHash()
    {
        var file = Written(Header(Plan), new() { ["weights"] = new byte[100] });
        file[^80] ^= 1;
        StringAssert.Contains(Refused(file), "it is damaged or cut short: the hash");
    }

    // The hash is right, so that only the lengths are wrong.
    [TestMethod]
    [DataRow(-1L)]
    [DataRow(long.MaxValue)]
    [DataRow(int.MaxValue)]
    [DataRow(4L)]
    public void Read_PartOfALengthThatIsALie_IsRefused(long length)
    {
        var whole = Written(Header(Plan), [])[..^SHA256.HashSizeInBytes];
        byte[] lie = [.. whole, .. BitConverter.GetBytes(length), 1, 2, 3];
        StringAssert.Contains(Refused([.. lie, .. SHA256.HashData(lie)]), $"a part has a length of {length}");
        byte[] half = [.. whole, 1, 0, 0, 0];
        StringAssert.Contains(Refused([.. half, .. SHA256.HashData(half)]), "a part has a length of -1");
    }

    private static string Refused(byte[] file) =>
        Assert.ThrowsExactly<InvalidDataException>(() => CheckpointFile.Read("path", file)).Message;

    private static byte[] Written(CheckpointHeader header, Dictionary<string, byte[]> parts)
    {
        var path = Path.GetTempFileName();
        try
        {
            new CheckpointFile { Header = header, Parts = parts }.Write(path);
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static CheckpointHeader Header(StepPlan plan) => new()
    {
        State = CheckpointState.Running,
        Seed = 5,
        Identity = [],
        Ranks = 1,
        StepsPerEpoch = 1,
        Plan = plan,
        BatchNormUpdates = 0,
        OptimizerSteps = 0,
        Seconds = 0,
        History = [],
    };
}
