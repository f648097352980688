using System.CommandLine;

namespace Nin.MLNet.Benchmarks.Serving;

/// <summary>The serve command and the server that it starts.</summary>
internal static class ServeCommand
{
    /// <summary>serve: the sample server under load.</summary>
    public static Command Create(Option<int> rounds, Option<bool> anyway)
    {
        var requests = new Option<int>("--requests") { Description = "Requests of each run.", DefaultValueFactory = _ => 3_000 };
        var connections = new Option<int[]>("--connections")
        {
            Description = "How many at once.",
            DefaultValueFactory = _ => [1, 8, 64],
            AllowMultipleArgumentsPerToken = true,
        };
        var serve = new Command("serve", "The sample server with our engine and with ONNX Runtime, under load.")
        {
            requests, rounds, connections, anyway,
        };
        serve.SetAction(parsed =>
        {
            Machine.RequireQuiet(parsed.GetValue(anyway));
            ServeReport.Print(parsed.GetValue(requests), parsed.GetValue(rounds), parsed.GetValue(connections)!);
        });
        return serve;
    }

    /// <summary>server ENGINE MODEL: one of the servers, until its input ends.</summary>
    public static Command CreateServer()
    {
        var engine = new Argument<string>("engine");
        var model = new Argument<string>("model");
        var server = new Command("server", "The sample server with an engine, nin or onnx, until its input ends.") { engine, model };
        server.SetAction(parsed => Engine.Serve(parsed.GetValue(engine)!, parsed.GetValue(model)!));
        return server;
    }
}
