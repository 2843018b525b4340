namespace Flightc.FlightLlm;

/// <summary>A decode step of LLaMA2-7B timed on a U280.</summary>
/// <param name="Context">Tokens of context.</param>
/// <param name="Seconds">Time of the step.</param>
public sealed record BoardMeasurement(int Context, double Seconds)
{
    /// <summary>
    /// Both that there are: a third party ran the authors' binaries, single steps with data in memory, with results that agreed
    /// bit by bit with the authors' own.
    /// </summary>
    public static IReadOnlyList<BoardMeasurement> All { get; } = [new(128, 17.506e-3), new(512, 18.990e-3)];
}
