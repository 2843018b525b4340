namespace Flightc.Tests.Quantised;

/// <summary>Seeded codes and scales, and how they are packed and unpacked by definition.</summary>
internal sealed class RandomCodes(ulong seed)
{
    private readonly RandomNumbers _random = new(seed);

    /// <summary>Scales of 32 bits.</summary>
    public float[] Floats(int count) => _random.Floats(count);

    /// <summary>A number from 0 to below <paramref name="end"/>.</summary>
    public int Below(int end) => _random.Below(end);

    /// <summary>Sets the bits of a code in a stream of words, the lowest first.</summary>
    public static void Put(uint[] words, int bit, int bits, int code, Func<int, int> wordAt)
    {
        for (int i = 0; i < bits; i++)
        {
            words[wordAt((bit + i) / 32)] |= (uint)((code >> i) & 1) << ((bit + i) % 32);
        }
    }

    /// <summary>A matrix of numbers by row and column.</summary>
    public static float[] Values(int rows, int columns, Func<int, int, float> at) =>
        [.. Enumerable.Range(0, rows * columns).Select(i => at(i / columns, i % columns))];

    /// <summary>The number of an FP8 code, as its definition has it.</summary>
    public static float E4M3(byte bits)
    {
        int exponent = (bits >> 3) & 15;
        double value = exponent == 0 ? Math.ScaleB(bits & 7, -9) : Math.ScaleB(1 + ((bits & 7) / 8.0), exponent - 7);
        return (float)(bits >= 128 ? -value : value);
    }

    /// <summary>Codes from 0 to <paramref name="most"/>.</summary>
    public int[,] Codes(int rows, int columns, int most)
    {
        int[,] codes = new int[rows, columns];
        for (int i = 0; i < rows * columns; i++)
        {
            codes[i / columns, i % columns] = _random.Below(most + 1);
        }

        return codes;
    }

    /// <summary>Scales of 16 bits.</summary>
    public Half[] Halves(int count) => [.. _random.Floats(count).Select(value => (Half)value)];

    /// <summary>Bytes; without the FP8 codes that are no number where <paramref name="isFloat"/>.</summary>
    public byte[] Bytes(int count, bool isFloat) =>
        [.. Enumerable.Range(0, count).Select(_ => (byte)_random.Below(256)).Select(b => isFloat && (b & 0x7F) == 0x7F ? (byte)0 : b)];

    /// <summary>Which two of four elements are kept.</summary>
    public bool[] TwoOfFour()
    {
        int first = _random.Below(4), second = (first + 1 + _random.Below(3)) % 4;
        return [.. Enumerable.Range(0, 4).Select(i => i == first || i == second)];
    }

    /// <summary>Changes the order of elements.</summary>
    public void Shuffle(int[] values)
    {
        for (int i = values.Length - 1; i > 0; i--)
        {
            int other = _random.Below(i + 1);
            (values[i], values[other]) = (values[other], values[i]);
        }
    }
}
