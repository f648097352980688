using System.Collections.Concurrent;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace Nin.MLNet.Network;

/// <summary>
/// TorchScript that may call every operator of libtorch. Source text may name only some of them, but a serialised module all, so a module
/// is written in memory and loaded. Its methods take tensors and return one; many threads may call them at once.
/// </summary>
internal sealed class TorchScript
{
    // Python's pickle, protocol 2, of a Script() whose attribute training is false.
    private static readonly byte[] Instance =
        [.. "\u0080\u0002c__torch__\nScript\nq\0)\u0081}(X\u0008\0\0\0trainingq\u0001\u0089ub.".Select(c => (byte)c)];
    // A script's memory is never freed. Models of one network therefore share their script, and weights are arguments.
    private static readonly ConcurrentDictionary<string, TorchScript> Known = new();
    private readonly jit.ScriptModule module;

    private TorchScript(jit.ScriptModule module) => this.module = module;

    /// <summary>
    /// The compiled methods; null if libtorch refuses. An operator that libtorch lacks ends the process, because the exception gets past
    /// TorchSharp (docs/upstream.md).
    /// </summary>
    public static TorchScript? Load(IReadOnlyList<Method> methods)
    {
        var code = Code(methods);
        try
        {
            return Known.GetOrAdd(code, _ => new TorchScript(jit.load(Archive(code))));
        }
        catch (Exception e) when (e is InvalidOperationException || (e is ExternalException native && ConvolutionCheck.IsRefusal(native)))
        {
            return null;
        }
    }

    public Tensor Call(string method, params Tensor[] arguments)
    {
        var result = (Tensor)module.invoke<object>(method, arguments);
        GC.KeepAlive(arguments);
        return result;
    }

    // Numbers and words are part of the text: TorchSharp cannot pass text to a script, and it passes a number as an object that the garbage
    // collector may free during the call.
    private static string Code(IReadOnlyList<Method> methods)
    {
        var code = new StringBuilder("class Script(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n");
        foreach (var method in methods)
        {
            var arguments = string.Join(",\n    ", method.Arguments.Select(name => $"{name}: Tensor"));
            code.Append($"  def {method.Name}(self: __torch__.Script,\n    {arguments}) -> Tensor:\n");
            foreach (var line in method.Lines)
                code.Append($"    {line}\n");
            code.Append($"    return {method.Result}\n");
        }

        return code.ToString();
    }

    private static byte[] Archive(string code)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in new[]
            {
                ("data.pkl", Instance), ("code/__torch__.py", Encoding.UTF8.GetBytes(code)),
                ("constants.pkl", [0x80, 2, (byte)')', (byte)'.']), ("version", "3\n"u8.ToArray()),
            })
            {
                using var entry = zip.CreateEntry($"script/{name}", CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }

    /// <summary>A method of tensors.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Arguments">Names of the tensors it takes.</param>
    /// <param name="Lines">Assignments, one per line.</param>
    /// <param name="Result">The expression that it returns.</param>
    internal sealed record Method(string Name, IReadOnlyList<string> Arguments, IReadOnlyList<string> Lines, string Result);
}
