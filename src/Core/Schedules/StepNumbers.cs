using System.Globalization;
using Flightc.IR;

namespace Flightc.Schedules;

/// <summary>
/// The ranges of numbers and words among the arguments of steps: a part of rule 9 of
/// <see cref="ScheduleVerifier"/>.
/// </summary>
internal static class StepNumbers
{
    // What the field of the instruction holds.
    private const long MostWindow = (1 << 24) - 1;

    /// <summary>What is wrong with a number, or null.</summary>
    public static string? ErrorOf(Schedule schedule, Step step, string key, string value)
    {
        (long least, long most) = key switch
        {
            "wanted" when step.Kind is StepKind.Measure or StepKind.Quantize => (0L, 2L),
            "add" or "all" or "wanted" or "mean" => (0, 1),
            "alternate" => (1, 2),
            "biased" => (1, 7),
            "rotated" => (2, schedule.Cache.HeadDim),
            "window" => (1, MostWindow),
            "cache" => (0, (long)HeadForm.Keys4),
            "layer" => (0, schedule.Cache.Layers - 1),
            "part" =>
                (0, schedule.FindProduct(step.Find("product") ?? "") is { } product ? product.Parts.Count - 1 : int.MaxValue),
            "count" when step.Kind == StepKind.For => (schedule.Cache.Heads, schedule.Cache.Heads),
            _ => (1, int.MaxValue),
        };
        return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number >= least && number <= most
            ? null
            : $"'{key}' is '{GraphTextLine.Shorten(value)}'; {(least == most ? "" : $"a number from {least} to ")}{most} is wanted";
    }

    /// <summary>What is wrong with a word, or null.</summary>
    public static string? WordErrorOf(string key, string value) => key switch
    {
        "part" when value is not ("keys" or "values") =>
            $"'part' is '{GraphTextLine.Shorten(value)}'; keys or values is wanted",
        "epsilon" when !(Finite(value) >= 0) => $"'epsilon' is '{GraphTextLine.Shorten(value)}'; a finite number from 0 is wanted",
        "scale" or "factor" or "cap" or "value" when !(Finite(value) > 0) =>
            $"'{key}' is '{GraphTextLine.Shorten(value)}'; a finite number above 0 is wanted",
        "function" when value != StepDefinition.CapFunction && ActivationFunctions.Find(value) is null =>
            $"'function' is '{GraphTextLine.Shorten(value)}'; {StepDefinition.CapFunction} or one of {string.Join(", ", Enum.GetValues<ActivationFunction>().Select(ActivationFunctions.NameOf))} is wanted",
        _ => null,
    };

    private static float? Finite(string value) =>
        float.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && float.IsFinite(number) ? number : null;
}
