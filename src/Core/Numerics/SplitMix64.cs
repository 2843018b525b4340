namespace Flightc.Numerics;

/// <summary>A small random number generator whose sequence is ours and never changes.</summary>
/// <remarks>Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014.</remarks>
public struct SplitMix64(ulong seed)
{
    private const ulong Step = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>Number <paramref name="index"/>, from 0 on, of the sequence of a seed, without those before it.</summary>
    public static ulong At(ulong seed, ulong index) => new SplitMix64(seed + (Step * index)).Next();

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        _state += Step;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>
    /// A number from 0 to <paramref name="limit"/> - 1; its bias, 2^-33 at most, does not matter for choosing
    /// moves.
    /// </summary>
    public int Below(int limit) => (int)(((Next() >> 32) * (ulong)limit) >> 32);
}
