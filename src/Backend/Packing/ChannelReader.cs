using System.Diagnostics.CodeAnalysis;
using Flightc.Diagnostics;
using Flightc.Packing;

namespace Flightc.Backend.Packing;

/// <summary>Reads the tiles of one channel from its start to its end.</summary>
/// <param name="stream">The channel's bytes.</param>
/// <param name="channel">For messages.</param>
internal sealed class ChannelReader(Stream stream, int channel)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _start, _end;
    private long _position;

    /// <summary>Bytes read.</summary>
    public long Position => _position;

    /// <summary>The next tile, all of it; valid until the next call.</summary>
    /// <exception cref="CompilationException">There is none, or its header is damaged (FLC4005).</exception>
    public ReadOnlySpan<byte> Next(out TileHeader header)
    {
        Fill(TileHeader.MaxTileBytes);
        ReadOnlySpan<byte> available = _buffer.AsSpan(_start, _end - _start);
        if (!TileReader.TryRead(available, out header))
        {
            Throw($"ends within a tile, {available.Length} bytes after its start");
        }

        ReadOnlySpan<byte> tile = available[..(int)header.TileBytes];
        _start += tile.Length;
        _position += tile.Length;
        return tile;
    }

    /// <summary>Reads zero bytes up to the end of the stream.</summary>
    /// <exception cref="CompilationException">There is something else (FLC4005).</exception>
    public void SkipPadding()
    {
        for (Fill(1); _end > _start; Fill(1))
        {
            int other = _buffer.AsSpan(_start, _end - _start).IndexOfAnyExcept((byte)0);
            if (other >= 0)
            {
                _position += other;
                Throw("has something behind the last tile, where only zeros may be");
            }

            _position += _end - _start;
            _start = _end;
        }
    }

    /// <summary>Ends the reading with what is wrong and where.</summary>
    /// <exception cref="CompilationException">Always (FLC4005).</exception>
    [DoesNotReturn]
    public void Throw(string fault) =>
        throw new CompilationException(
            Codes.ImageDamaged, $"the weight stream of channel {channel} {fault}",
            $"channel {channel}, byte {_position}", "write the image again");

    // Afterwards `wanted` bytes are in the buffer, or all that the stream has.
    private void Fill(int wanted)
    {
        if (_end - _start >= wanted)
        {
            return;
        }

        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        _end += stream.ReadAtLeast(_buffer.AsSpan(_end), wanted - _end, throwOnEndOfStream: false);
    }
}
