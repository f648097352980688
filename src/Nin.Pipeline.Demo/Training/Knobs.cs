using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Nin.MLNet;

namespace Nin.Pipeline.Demo.Training;

/// <summary>
/// Sets knobs of the trainer from text such as <c>LabelSmoothing=0.05</c>, so that a recipe can be varied from the command line.
/// </summary>
internal static class Knobs
{
    private const string Measured =
        "the commands validate on the test images or not at all, and nothing may be chosen or fitted by the images on which the " +
        "figures are measured; set it in a program of your own";

    /// <summary>Knobs that the commands set themselves, and why.</summary>
    private static readonly Dictionary<string, string> Decided = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(NinTrainer.Options.Seed)] = "the command sets it; where it can be chosen, there is an option --seed",
        [nameof(NinTrainer.Options.ValidationSetFraction)] = Measured,
        [nameof(NinTrainer.Options.EarlyStoppingPatience)] = Measured,
        [nameof(NinTrainer.Options.Metric)] = Measured,
        [nameof(NinTrainer.Options.RestoreBestWeights)] = Measured,
        [nameof(NinTrainer.Options.CalibrateTemperature)] = Measured,
    };

    private static readonly string[] Lengths = [nameof(NinTrainer.Options.NumberOfEpochs), nameof(NinTrainer.Options.NumberOfSteps)];

    private static readonly Type[] Plain = [typeof(int), typeof(long), typeof(double), typeof(bool)];

    private static readonly Dictionary<string, PropertyInfo> All = typeof(NinTrainer.Options).GetProperties()
        .Where(property =>
            !Decided.ContainsKey(property.Name) && property.CanWrite
            && (Plain.Contains(Bare(property)) || Bare(property).IsEnum))
        .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);

    /// <param name="options">Receives the values.</param>
    /// <param name="assignments">Each as Name=Value.</param>
    /// <exception cref="ArgumentException">A name is no knob or one that the commands set, or a value is not valid for it.</exception>
    public static void Set(NinTrainer.Options options, IEnumerable<string> assignments)
    {
        foreach (var assignment in assignments)
        {
            if (Decided.TryGetValue(assignment.Split('=')[0], out var reason))
                throw new ArgumentException($"--set {assignment}: not from the command line: {reason}.");
            if (assignment.Split('=', 2) is not [var name, var text] || !All.TryGetValue(name, out var knob))
                throw new ArgumentException(
                    $"--set {assignment}: expected Name=Value with one of {string.Join(", ", All.Keys.Order(StringComparer.Ordinal))}.");
            try
            {
                knob.SetValue(options, TypeDescriptor.GetConverter(Bare(knob)).ConvertFromString(null, CultureInfo.InvariantCulture, text));
            }
            catch (Exception e) when (e is FormatException or ArgumentException or OverflowException)
            {
                var expected = Bare(knob).IsEnum
                    ? string.Join(", ", Enum.GetNames(Bare(knob)))
                    : $"a value like {knob.GetValue(new NinTrainer.Options()) ?? 1}";
                throw new ArgumentException($"--set {assignment}: {knob.Name} cannot be \"{text}\"; expected {expected}.", e);
            }
        }
    }

    /// <summary>Whether one of the assignments says how long to train.</summary>
    public static bool SetLength(IEnumerable<string> assignments) =>
        assignments.Any(assignment => Lengths.Contains(assignment.Split('=')[0], StringComparer.OrdinalIgnoreCase));

    private static Type Bare(PropertyInfo property) => Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
}
