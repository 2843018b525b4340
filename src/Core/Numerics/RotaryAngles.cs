namespace Flightc.Numerics;

/// <summary>
/// The angles by which rotary embedding turns: pair i of a head, i = 0 … <see cref="Dim"/>/2 - 1, at position p by
/// <c>p · θ^(-2i/Dim) ÷ divisor[i]</c>. Compared by value.
/// </summary>
/// <remarks>
/// The divisors express every published scaling of frequencies: linear interpolation (Chen et al. 2023) has one for all,
/// YaRN (Peng et al. 2023), that of LLaMA 3.1 and LongRoPE (Ding et al. 2024) one for each pair.
/// </remarks>
public sealed class RotaryAngles : IEquatable<RotaryAngles>
{
    /// <param name="theta">θ: the base of the frequencies; at least 1.</param>
    /// <param name="dim">Elements of a head that are turned: even, the first ones.</param>
    /// <param name="divisors">What frequencies are divided by, one for each pair and above 0; null or all 1 for none.</param>
    /// <param name="magnitude">What cosines and sines are multiplied by; above 0.</param>
    public RotaryAngles(double theta, int dim, IReadOnlyList<double>? divisors = null, double magnitude = 1)
    {
        (Theta, Dim, Magnitude) = (theta, dim, magnitude);
        Divisors = divisors is null || divisors.All(d => d == 1) ? [] : [.. divisors];
    }

    /// <summary>θ.</summary>
    public double Theta { get; }

    /// <summary>Elements of a head that are turned, from the first on; element i goes with element i + Dim/2.</summary>
    public int Dim { get; }

    /// <summary>What the frequency of each pair is divided by; empty where all are 1.</summary>
    public IReadOnlyList<double> Divisors { get; }

    /// <summary>What cosines and sines are multiplied by.</summary>
    public double Magnitude { get; }

    /// <summary>Why these are no angles, or null.</summary>
    public string? Error =>
        !(Theta >= 1 && double.IsFinite(Theta)) ? $"theta is {Theta}"
        : Dim < 2 || Dim % 2 != 0 ? $"{Dim} elements of a head are turned"
        : Divisors.Count != 0 && Divisors.Count != Dim / 2 ? $"there are {Divisors.Count} divisors for {Dim / 2} pairs"
        : Divisors.Any(d => !(d > 0 && double.IsFinite(d))) ? "a divisor is not above 0"
        : !(Magnitude > 0 && double.IsFinite(Magnitude)) ? $"the magnitude is {Magnitude}" : null;

    /// <inheritdoc/>
    public bool Equals(RotaryAngles? other) =>
        other is not null && Theta == other.Theta && Dim == other.Dim && Magnitude == other.Magnitude
        && Divisors.SequenceEqual(other.Divisors);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RotaryAngles);

    /// <inheritdoc/>
    public override int GetHashCode() => Divisors.Aggregate(HashCode.Combine(Theta, Dim, Magnitude), HashCode.Combine);
}
