namespace Flightc.Runtime.Interpretation;

/// <summary>
/// A ring buffer in front of the matrix engine: a queue of bytes with the capacity the program assumes.
/// </summary>
internal sealed class ByteRing(int capacity)
{
    private readonly byte[] _bytes = new byte[capacity];
    private int _first;

    /// <summary>The most bytes it can hold.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>Bytes in it.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes that it can still take.</summary>
    public int Free => _bytes.Length - Count;

    /// <summary>Forgets its content.</summary>
    public void Clear() => (_first, Count) = (0, 0);

    /// <summary>Appends bytes, at most <see cref="Free"/>.</summary>
    public void Push(ReadOnlySpan<byte> source)
    {
        int at = Wrapped(_first + (long)Count);
        int before = Math.Min(source.Length, _bytes.Length - at);
        source[..before].CopyTo(_bytes.AsSpan(at));
        source[before..].CopyTo(_bytes);
        Count += source.Length;
    }

    /// <summary>Copies the oldest bytes, at most <see cref="Count"/>, and keeps them.</summary>
    public void Peek(Span<byte> target)
    {
        int before = Math.Min(target.Length, _bytes.Length - _first);
        _bytes.AsSpan(_first, before).CopyTo(target);
        _bytes.AsSpan(0, target.Length - before).CopyTo(target[before..]);
    }

    /// <summary>Removes the oldest bytes, at most <see cref="Count"/>, after copying them.</summary>
    public void Pop(Span<byte> target)
    {
        Peek(target);
        _first = Wrapped(_first + (long)target.Length);
        Count -= target.Length;
    }

    private int Wrapped(long position) => (int)(position >= _bytes.Length ? position - _bytes.Length : position);
}
