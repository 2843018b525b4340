using System.Runtime.Intrinsics;

namespace Flightc.Tests;

/// <summary>The random numbers of a tensor: each follows from the seed, the tensor's name and its own index, so that any part can be made anywhere.</summary>
/// <remarks>
/// Number i is made of word i of SplitMix64 (Steele et al. 2014), whose state is a counter: the sum of the word's four quarters
/// is roughly normal. Vectors make the bits of <see cref="At"/>: their products and sums are those of the scalars, and none is fused.
/// </remarks>
internal readonly struct TensorNumbers
{
    private const ulong Step = 0x9E3779B97F4A7C15;
    private const ulong First = 0xBF58476D1CE4E5B9;
    private const ulong Second = 0x94D049BB133111EB;
    private const ulong Quarters = 0x0000FFFF_0000FFFF;

    // The mean of the sum of four numbers of 16 bits.
    private const int Centre = 2 * ushort.MaxValue;

    private readonly ulong _key;
    private readonly float _mean;
    private readonly float _scale;

    /// <param name="seed">Of the checkpoint.</param>
    /// <param name="tensor">Whose numbers these are.</param>
    public TensorNumbers(ulong seed, RandomTensor tensor)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (char letter in tensor.Name)
        {
            // FNV-1a, by characters.
            hash = (hash ^ letter) * 0x100000001B3;
        }

        _key = Word(Word(seed) ^ hash);
        _mean = tensor.Mean;
        _scale = tensor.Deviation / (1 << 16);
    }

    /// <summary>One number.</summary>
    public float At(long index)
    {
        ulong word = Word(_key + ((ulong)index * Step));
        ulong pairs = (word & Quarters) + ((word >> 16) & Quarters);
        int sum = (int)((pairs & uint.MaxValue) + (pairs >> 32));
        return ((sum - Centre) * _scale) + _mean;
    }

    /// <summary>Numbers one after another.</summary>
    /// <param name="first">The index of the first.</param>
    /// <param name="destination">Where they go.</param>
    public void Fill(long first, Span<float> destination)
    {
        int done = 0;
        Vector512<ulong> step = Vector512.Create(unchecked(16 * Step));
        Vector512<ulong> low = Vector512.Create(_key + ((ulong)first * Step)) + (Vector512<ulong>.Indices * Vector512.Create(Step));
        Vector512<ulong> high = low + Vector512.Create(unchecked(8 * Step));
        Vector512<float> mean = Vector512.Create(_mean);
        Vector512<float> scale = Vector512.Create(_scale);
        for (; done + 16 <= destination.Length; done += 16)
        {
            Vector512<int> sum = Vector512.Narrow(Sum(low), Sum(high)).AsInt32() - Vector512.Create(Centre);
            ((Vector512.ConvertToSingle(sum) * scale) + mean).CopyTo(destination[done..]);
            low += step;
            high += step;
        }

        for (; done < destination.Length; done++)
        {
            destination[done] = At(first + done);
        }
    }

    private static ulong Word(ulong state)
    {
        ulong z = state + Step;
        z = (z ^ (z >> 30)) * First;
        z = (z ^ (z >> 27)) * Second;
        return z ^ (z >> 31);
    }

    private static Vector512<ulong> Sum(Vector512<ulong> state)
    {
        Vector512<ulong> z = state + Vector512.Create(Step);
        z = (z ^ (z >> 30)) * Vector512.Create(First);
        z = (z ^ (z >> 27)) * Vector512.Create(Second);
        z ^= z >> 31;
        Vector512<ulong> pairs = (z & Vector512.Create(Quarters)) + ((z >> 16) & Vector512.Create(Quarters));
        return (pairs & Vector512.Create((ulong)uint.MaxValue)) + (pairs >> 32);
    }
}
