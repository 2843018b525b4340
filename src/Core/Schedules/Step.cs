namespace Flightc.Schedules;

/// <summary>
/// One step of a phase: an instruction, or a few, on every core, over all tokens of the program's step.
/// </summary>
/// <param name="Kind">What it does; <see cref="StepDefinition"/> says with which arguments.</param>
/// <param name="Name">Role: the Graph's node it computes, or what it serves.</param>
/// <param name="Arguments">In the order of the definition.</param>
public sealed record Step(StepKind Kind, string Name, IReadOnlyList<StepArgument> Arguments)
{
    /// <summary>The arguments of a load of vectors: every vector and its place.</summary>
    public static IReadOnlyList<(string Table, string Out)> VectorKeys { get; } =
        [("table", "out"), ("next", "nextout"), ("third", "thirdout"), ("fourth", "fourthout")];

    /// <summary>The value of an argument, or null.</summary>
    public string? Find(string key)
    {
        foreach (StepArgument argument in Arguments)
        {
            if (argument.Key == key)
            {
                return argument.Value;
            }
        }

        return null;
    }

    /// <summary>The value of an argument that must be there.</summary>
    public string Text(string key) =>
        Find(key) ?? throw new KeyNotFoundException($"step {Kind} '{Name}' has no '{key}'");

    /// <summary>The value of a number; <paramref name="absent"/> where it is not there.</summary>
    public long Number(string key, long absent = 0) =>
        Find(key) is { } text ? long.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : absent;
}

/// <summary>A named argument of a step.</summary>
public readonly record struct StepArgument(string Key, string Value);
