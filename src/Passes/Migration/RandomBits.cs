using Flightc.Numerics;

namespace Flightc.Passes.Migration;

/// <summary>Random numbers of the kinds that rotations need, the same in every run.</summary>
/// <param name="seed">The same seed, the same numbers.</param>
internal sealed class RandomBits(ulong seed)
{
    private SplitMix64 _random = new(seed);

    /// <summary>64 bits.</summary>
    public ulong Next() => _random.Next();

    /// <summary>1 or -1.</summary>
    public double Sign() => Next() >> 63 == 0 ? 1 : -1;

    /// <summary>Bell-shaped around 0: the sum of three uniform numbers.</summary>
    public double Bell() => Uniform() + Uniform() + Uniform();

    // -1 … 1, of 53 bits.
    private double Uniform() => ((Next() >> 11) * (1.0 / (1L << 52))) - 1;
}
