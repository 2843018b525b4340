namespace Flightc.Timing;

/// <summary>
/// When a ring has given up how many bytes: pieces in which it empties at a constant rate. Asked for amounts that
/// never decrease, so that pieces are forgotten as soon as they are passed.
/// </summary>
internal sealed class ReleaseCurve
{
    private Piece[] _pieces = new Piece[16];
    private int _head;
    private int _count;

    private readonly record struct Piece(double From, double To, double Start, double End);

    /// <summary>Bytes given up so far.</summary>
    public double Released { get; private set; }

    /// <summary>The next bytes are given up evenly between two times.</summary>
    public void Append(double bytes, double start, double end)
    {
        if (_count == _pieces.Length)
        {
            Piece[] larger = new Piece[2 * _pieces.Length];
            for (int i = 0; i < _count; i++)
            {
                larger[i] = this[i];
            }

            (_pieces, _head) = (larger, 0);
        }

        _pieces[(_head + _count++) & (_pieces.Length - 1)] = new Piece(Released, Released + bytes, start, end);
        Released += bytes;
    }

    /// <summary>When so many bytes have been given up; infinite while nobody knows.</summary>
    public double TimeOf(double bytes)
    {
        if (bytes <= 0)
        {
            return 0;
        }

        if (bytes > Released)
        {
            return double.PositiveInfinity;
        }

        while (this[0].To < bytes)
        {
            _head = (_head + 1) & (_pieces.Length - 1);
            _count--;
        }

        ref readonly Piece piece = ref this[0];
        return bytes <= piece.From ? piece.Start
            : piece.Start + ((bytes - piece.From) / (piece.To - piece.From) * (piece.End - piece.Start));
    }

    /// <summary>Bytes given up until a time, for observers; exact for times not before the last answer of
    /// <see cref="TimeOf"/>.</summary>
    public double ReleasedBy(double time)
    {
        double released = _count == 0 ? Released : this[0].From;
        for (int i = 0; i < _count && this[i].Start < time; i++)
        {
            ref readonly Piece piece = ref this[i];
            released = piece.End <= time
                ? piece.To
                : piece.From + ((time - piece.Start) / (piece.End - piece.Start) * (piece.To - piece.From));
        }

        return released;
    }

    private ref readonly Piece this[int index] => ref _pieces[(_head + index) & (_pieces.Length - 1)];
}
