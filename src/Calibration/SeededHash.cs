namespace Flightc.Calibration;

/// <summary>Numbers that look random and are a function of a seed and of what they are for, so that the order of asking does not
/// matter.</summary>
/// <remarks>The mixing is that of Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014.</remarks>
internal static class SeededHash
{
    /// <summary>64 bits for a state and a number.</summary>
    public static ulong Mix(ulong state, ulong value)
    {
        ulong z = state + (0x9E3779B97F4A7C15 * (value + 1));
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
