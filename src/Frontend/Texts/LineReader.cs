namespace Flightc.Texts;

/// <summary>Cuts bytes into lines, holding no more than a line and what was read with it.</summary>
/// <param name="fill">Fills a buffer as far as there are bytes, and says with how many.</param>
/// <param name="maxLength">The most bytes of a line.</param>
internal sealed class LineReader(Func<Memory<byte>, int> fill, int maxLength)
{
    private const int PieceBytes = 1 << 16;

    private byte[] _buffer = new byte[PieceBytes];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>Whether the last line is longer than allowed; it was not read whole.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>
    /// The next line without its end; valid until the next call. A last line without an end counts unless it
    /// is empty.
    /// </summary>
    /// <returns>False where there is none.</returns>
    public bool TryNext(out ReadOnlyMemory<byte> line)
    {
        int searched = 0;
        while (true)
        {
            int found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            int length = found < 0 ? _end - _start : searched + found;
            IsTooLong = length > maxLength;
            if (found >= 0 || IsTooLong || _isAtEnd)
            {
                line = _buffer.AsMemory(_start, length);
                bool exists = found >= 0 || length > 0;
                _start += length + (found >= 0 ? 1 : 0);
                return exists;
            }

            searched = length;
            ReadOn();
        }
    }

    private void ReadOn()
    {
        if (_end + PieceBytes > _buffer.Length)
        {
            // Twice what is kept, so that a long line is moved a few times and not at every piece.
            int kept = _end - _start;
            byte[] target = 2 * kept + PieceBytes > _buffer.Length ? new byte[(2 * kept) + PieceBytes] : _buffer;
            _buffer.AsSpan(_start, kept).CopyTo(target);
            (_buffer, _start, _end) = (target, 0, kept);
        }

        int count = fill(_buffer.AsMemory(_end, PieceBytes));
        _end += count;
        _isAtEnd = count < PieceBytes;
    }
}
