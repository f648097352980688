// fuzz READER [--inputs N] [--seed TEXT]: files that strangers could send, each read or refused with the documented exception.
using System.CommandLine;
using Nin.MLNet.Stress.Fuzzing;

var reader = new Argument<string>("reader") { Description = string.Join(", ", Readers.Names) };
var inputs = new Option<int>("--inputs") { Description = "How many.", DefaultValueFactory = _ => 1_000_000 };
var seed = new Option<string?>("--seed") { Description = "The seed that a failure named, to see it again." };
var fuzz = new Command("fuzz", "Damaged and made-up files: each is read, or refused with the documented exception.")
{
    reader, inputs, seed,
};
fuzz.SetAction(parsed =>
{
    var outcome = Fuzz.Run(Readers.Of(parsed.GetRequiredValue(reader)), parsed.GetValue(inputs), parsed.GetValue(seed));
    Console.WriteLine(outcome);
});
return new RootCommand("Slow attacks; each has a short form among the tests.") { fuzz }.Parse(args).Invoke();
