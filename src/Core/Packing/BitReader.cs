namespace Flightc.Packing;

/// <summary>A dense bit stream, the first bit in the lowest place.</summary>
/// <param name="bytes">The stream; reading past it throws <see cref="IndexOutOfRangeException"/>.</param>
internal ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private uint _window;
    private int _count, _next;

    /// <summary>The next <paramref name="width"/> bits, 1 … 8, as an unsigned number.</summary>
    public uint Next(int width)
    {
        if (_count < width)
        {
            _window |= (uint)_bytes[_next++] << _count;
            _count += 8;
        }

        uint value = _window & ((1u << width) - 1);
        _window >>= width;
        _count -= width;
        return value;
    }

    /// <summary>The next <paramref name="width"/> bits, 2 … 8, as two's complement.</summary>
    public sbyte NextCode(int width) => (sbyte)((int)Next(width) << (32 - width) >> (32 - width));
}
