using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nin.MLNet.Benchmarks.Serving;

/// <summary>
/// One connection that sends the same request again and again. It is a bare socket, because the client shares the machine with the
/// server, and HttpClient would take a good part of it.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] answer = new byte[16_384];
    private readonly byte[] request;

    private HttpConnection(byte[] body)
    {
        var head = $"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: {body.Length}\r\n\r\n";
        request = [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    public static async Task<HttpConnection> Open(int port, byte[] body)
    {
        var connection = new HttpConnection(body);
        await connection.socket.ConnectAsync(IPAddress.Loopback, port);
        return connection;
    }

    /// <summary>Whether the answer was complete and had status 200.</summary>
    public async Task<bool> Ask()
    {
        for (var sent = 0; sent < request.Length;)
            sent += await socket.SendAsync(request.AsMemory(sent));
        for (var length = 0; length < answer.Length;)
        {
            var read = await socket.ReceiveAsync(answer.AsMemory(length));
            if (read == 0)
                return false;
            length += read;
            if (IsWhole(answer.AsSpan(0, length)))
                return answer.AsSpan().StartsWith("HTTP/1.1 200 "u8);
        }

        return false;
    }

    public void Dispose() => socket.Dispose();

    /// <summary>Kestrel sends JSON in chunks, the last one empty; an error without a body has a length of 0.</summary>
    private static bool IsWhole(ReadOnlySpan<byte> text) =>
        text.EndsWith("\r\n0\r\n\r\n"u8) || (text.EndsWith("\r\n\r\n"u8) && text.IndexOf("Content-Length: 0\r\n"u8) >= 0);
}
