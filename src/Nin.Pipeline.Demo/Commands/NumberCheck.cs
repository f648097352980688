using System.CommandLine;
using System.Globalization;

namespace Nin.Pipeline.Demo.Commands;

/// <summary>Checks the range of options that are numbers.</summary>
internal static class NumberCheck
{
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
            if (result.Tokens is [var token] && T.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && !isAllowed(value))
                result.AddError($"{option.Name} is {token.Value}: expected {expected}.");
        });
        return option;
    }
}
