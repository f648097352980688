// Slow stress tests; each command prints its figures, which docs/reliability.md quotes.
using System.CommandLine;
using Nin.MLNet.Stress.Commands;

return new RootCommand("Slow attacks; each has a short form among the tests.")
{
    FuzzCommand.Create(), FlipsCommand.Create(), CrashCommand.Create(), CrashCommand.CreateChild(), LoadCommand.Create(),
}.Parse(args).Invoke();
