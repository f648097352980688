using System.Diagnostics;
using System.Net.Sockets;

namespace Nin.MLNet.Benchmarks.Serving;

/// <summary>What several connections got from a server, each sending its next request once the last is answered.</summary>
/// <param name="Rate">Answers per second.</param>
/// <param name="P50">Milliseconds within which half the answers came.</param>
/// <param name="P99">Milliseconds within which all but one in a hundred came.</param>
/// <param name="Errors">Requests not answered with 200.</param>
internal sealed record ServerLoad(double Rate, double P50, double P99, int Errors)
{
    public static ServerLoad Run(int port, byte[] body, int connections, int requests) =>
        RunAsync(port, body, connections, requests).GetAwaiter().GetResult();

    private static async Task<ServerLoad> RunAsync(int port, byte[] body, int connections, int requests)
    {
        var open = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => HttpConnection.Open(port, body)));
        var (left, errors) = (requests, 0);
        var times = new double[requests];
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(open.Select(Client));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Array.Sort(times);
        return new ServerLoad((requests - errors) / seconds, times[requests / 2], times[requests * 99L / 100], errors);

        async Task Client(HttpConnection connection)
        {
            for (int mine; (mine = Interlocked.Decrement(ref left)) >= 0;)
            {
                var sent = Stopwatch.GetTimestamp();
                try
                {
                    if (!await connection.Ask())
                        Interlocked.Increment(ref errors);
                }
                catch (SocketException)
                {
                    Interlocked.Increment(ref errors);
                    connection.Dispose();
                    connection = await HttpConnection.Open(port, body);
                }

                times[mine] = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
            }

            connection.Dispose();
        }
    }
}
