using Microsoft.ML.Runtime;

namespace Nin.MLNet.Hosting;

/// <summary>Exceptions of the types that ML.NET's own trainers throw, marked as ML.NET marks its own.</summary>
internal static class Refusal
{
    private const string ValidationSet = "In the validation set: ";

    /// <summary>Tells our exceptions about rows from those that the data itself throws.</summary>
    private static readonly object AboutRows = new();

    /// <summary>A column is missing or of another type: <see cref="ArgumentOutOfRangeException"/>.</summary>
    public static Exception Schema(string message) => Contracts.ExceptUserArg("inputSchema", message);

    /// <summary>An option is wrong, by itself or for these data: <see cref="ArgumentOutOfRangeException"/>.</summary>
    public static Exception Option(string name, string message) => Contracts.ExceptUserArg(name, message);

    /// <summary>A row is wrong: <see cref="ArgumentOutOfRangeException"/>.</summary>
    public static Exception Row(string message) => Marked(Contracts.ExceptParam("input", message), message);

    /// <summary>There is nothing to learn from: <see cref="InvalidOperationException"/>.</summary>
    public static Exception NoRows(string message) => Marked(Contracts.Except(message), message);

    /// <summary>An error in the rows of the validation set: without these words, a row's number would point to the training set.</summary>
    /// <param name="error">One that <see cref="Row"/> or <see cref="NoRows"/> made, or any other, which stays as it is.</param>
    public static Exception OfValidationSet(Exception error) => error.Data[AboutRows] is not string message ? error
        : error is InvalidOperationException ? NoRows(ValidationSet + message)
        : Row(ValidationSet + message);

    /// <summary>A model cannot be exported: <see cref="InvalidOperationException"/>.</summary>
    public static Exception Export(string message) => Contracts.Except(message);

    private static Exception Marked(Exception error, string message)
    {
        error.Data[AboutRows] = message;
        return error;
    }

    /// <summary>
    /// A model file is damaged: <see cref="FormatException"/>, as in ML.NET's own parts. ML.NET wraps exceptions with its mark in an
    /// InvalidOperationException, and passes on all others as a bare TargetInvocationException.
    /// </summary>
    public static Exception Model(InvalidDataException damage) => Contracts.ExceptDecode(damage, damage.Message);
}
