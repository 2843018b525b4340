namespace Flightc.Passes.Migration;

/// <summary>Random numbers that are the same in every run: SplitMix64 (G. Steele et al., Fast Splittable Pseudorandom Number
/// Generators, 2014).</summary>
/// <param name="seed">The same seed, the same numbers.</param>
internal sealed class RandomBits(ulong seed)
{
    private ulong _state = seed;

    /// <summary>64 bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>1 or -1.</summary>
    public double Sign() => Next() >> 63 == 0 ? 1 : -1;

    /// <summary>Bell-shaped around 0: the sum of three uniform numbers.</summary>
    public double Bell() => Uniform() + Uniform() + Uniform();

    // -1 … 1, of 53 bits.
    private double Uniform() => ((Next() >> 11) * (1.0 / (1L << 52))) - 1;
}
