namespace Flightc.Reference;

/// <summary>Keys and values that one attention has seen in one sequence.</summary>
internal sealed class FloatCache(int kvWidth)
{
    private const int FirstCapacity = 64;

    private float[] _values = [];

    /// <summary>Tokens seen.</summary>
    public int Count { get; private set; }

    /// <summary>Tokens there is room for: the distance between two rows of <see cref="Values"/>.</summary>
    public int Capacity { get; private set; }

    /// <summary>(capacity, kvWidth)</summary>
    public float[] Keys { get; private set; } = [];

    /// <summary>(kvWidth, capacity): transposed, so that a weighted sum over tokens is a row's product.</summary>
    public float[] Values => _values;

    /// <summary>Takes the keys and values of further tokens, both (tokens, kvWidth).</summary>
    public void Append(ReadOnlySpan<float> keys, ReadOnlySpan<float> values)
    {
        int added = keys.Length / kvWidth;
        Reserve(Count + added);
        keys.CopyTo(Keys.AsSpan(Count * kvWidth));
        for (int t = 0; t < added; t++)
        {
            for (int i = 0; i < kvWidth; i++)
            {
                _values[i * Capacity + Count + t] = values[t * kvWidth + i];
            }
        }

        Count += added;
    }

    /// <summary>Forgets everything; keeps the room.</summary>
    public void Clear() => Count = 0;

    private void Reserve(int tokens)
    {
        if (tokens <= Capacity)
        {
            return;
        }

        int capacity = Math.Max(FirstCapacity, Capacity);
        while (capacity < tokens)
        {
            capacity = checked(capacity * 2);
        }

        float[] keys = new float[checked(capacity * kvWidth)];
        Keys.CopyTo(keys, 0);
        float[] values = new float[keys.Length];
        for (int i = 0; i < kvWidth; i++)
        {
            _values.AsSpan(i * Capacity, Count).CopyTo(values.AsSpan(i * capacity));
        }

        (Keys, _values, Capacity) = (keys, values, capacity);
    }
}
