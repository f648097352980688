using System.CommandLine;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>A command whose help ends with examples.</summary>
/// <param name="name">The name that the user types.</param>
/// <param name="description">What it does, in one line.</param>
/// <param name="examples">Command lines without the program's name.</param>
internal sealed class DemoCommand(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples { get; } = examples;
}
