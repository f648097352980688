using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>Checks the range of options that are numbers.</summary>
internal static class NumberCheck
{
    /// <summary>The trainer takes no more.</summary>
    public const int MostEpochs = 100_000;

    /// <summary>The trainer takes no higher learning rate.</summary>
    public const double HighestRate = 100;

    /// <summary>
    /// Adds a check to an option. It reads the text, because asking for the value of a text that is no number throws; the parser reports
    /// such a text.
    /// </summary>
    /// <param name="option">The option.</param>
    /// <param name="isAllowed">Whether a number is in range.</param>
    /// <param name="expected">The range in words, for the message.</param>
    public static TOption Expecting<TOption, T>(this TOption option, Func<T, bool> isAllowed, string expected)
        where TOption : Option
        where T : IParsable<T>
    {
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (T.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && !isAllowed(value))
                    result.AddError($"{option.Name} is {token.Value}: expected {expected}.");
            }
        });
        return option;
    }

    /// <summary>Adds a check that an option's whole number is not below another.</summary>
    public static TOption AtLeast<TOption>(this TOption option, int least)
        where TOption : Option =>
        option.Expecting((int number) => number >= least, $"at least {least}");

    /// <summary>Adds a check that an option's whole number lies between two others, or is one of them.</summary>
    public static TOption Between<TOption>(this TOption option, int least, int most)
        where TOption : Option =>
        option.Expecting((int number) => number >= least && number <= most, $"{least} to {most}");

    /// <summary>Adds a check that an option's number is above 0 and not above another.</summary>
    public static TOption Positive<TOption>(this TOption option, double most)
        where TOption : Option =>
        option.Expecting((double number) => number > 0 && number <= most, string.Create(
            CultureInfo.InvariantCulture, $"above 0 and at most {most}"));

    /// <summary>Adds a check to a command that one option's number is below another's.</summary>
    public static void ExpectBelow(this Command command, Option<double> low, Option<double> high) => command.Validators.Add(result =>
    {
        if (Number(result, low) is { } from && Number(result, high) is { } to && from >= to)
            result.AddError(string.Create(
                CultureInfo.InvariantCulture, $"{low.Name} is {from}: expected below {high.Name}, which is {to}."));
    });

    /// <summary>The number that was given, or the default; null for a text that is no number.</summary>
    private static double? Number(CommandResult command, Option<double> option) =>
        command.GetResult(option) is not { Tokens: [{ } token] } ? (double?)option.GetDefaultValue()
        : double.TryParse(token.Value, CultureInfo.InvariantCulture, out var number) ? number
        : null;
}
