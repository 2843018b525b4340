namespace Flightc.Tests;

/// <summary>Random numbers that are the same in every run (SplitMix64, Steele et al. 2014).</summary>
internal sealed class RandomNumbers(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 … end-1.</summary>
    public int Below(int end) => (int)(Next() % (ulong)end);

    /// <summary>first … last.</summary>
    public int Within(int first, int last) => first + Below(last - first + 1);

    /// <summary>-1 … 1, roughly bell-shaped, with all bits of the mantissa in use.</summary>
    public float Float() => (float)((Below(1 << 24) + Below(1 << 24) + Below(1 << 24)) / (1.5 * (1 << 24)) - 1);

    /// <summary>Floats.</summary>
    public float[] Floats(int count, float scale = 1f)
    {
        float[] all = new float[count];
        for (int i = 0; i < count; i++)
        {
            all[i] = scale * Float();
        }

        return all;
    }

    /// <summary>Codes of -127 … 127.</summary>
    public sbyte[] Codes(int count)
    {
        sbyte[] all = new sbyte[count];
        for (int i = 0; i < count; i++)
        {
            all[i] = (sbyte)Within(-127, 127);
        }

        return all;
    }
}
