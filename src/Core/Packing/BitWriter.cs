namespace Flightc.Packing;

/// <summary>Writes a dense bit stream, the first bit in the lowest place.</summary>
/// <param name="bytes">Where to; writing past it throws <see cref="IndexOutOfRangeException"/>.</param>
internal ref struct BitWriter(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;
    private uint _window;
    private int _count, _next;

    /// <summary>Appends the lowest <paramref name="width"/> bits, 1 … 8, of a number.</summary>
    public void Append(int value, int width)
    {
        _window |= ((uint)value & ((1u << width) - 1)) << _count;
        _count += width;
        if (_count >= 8)
        {
            _bytes[_next++] = (byte)_window;
            _window >>= 8;
            _count -= 8;
        }
    }
}
