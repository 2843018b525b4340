namespace Flightc.Tokenizers;

/// <summary>Finds all pieces that a text has at a place, shortest first.</summary>
/// <remarks>
/// The pieces are sorted by their UTF-16 units, and those that agree with the text so far are a range that each
/// further unit narrows by binary search. There is no hash that a hostile file could spoil, and nothing to build but
/// the order.
/// </remarks>
internal sealed class PieceIndex
{
    private readonly string[] _pieces;
    private readonly int[] _ids;
    // Where the pieces begin that start with each unit; the first narrowing needs no search.
    private readonly int[] _firstOf = new int[char.MaxValue + 2];

    /// <param name="pieces">No two alike, none empty.</param>
    /// <param name="ids">The id of each.</param>
    public PieceIndex(IEnumerable<string> pieces, IEnumerable<int> ids)
    {
        _pieces = [.. pieces];
        _ids = [.. ids];
        Array.Sort(_pieces, _ids, StringComparer.Ordinal);
        foreach (string piece in _pieces)
        {
            _firstOf[piece[0] + 1]++;
        }

        for (int unit = 0; unit <= char.MaxValue; unit++)
        {
            _firstOf[unit + 1] += _firstOf[unit];
        }
    }

    /// <summary>Begins to look for pieces at the start of a text.</summary>
    /// <param name="text">Not empty.</param>
    public Matches At(ReadOnlySpan<char> text) => new(this, text);

    /// <summary>The pieces at one place, one after the other.</summary>
    public ref struct Matches
    {
        private readonly PieceIndex _index;
        private readonly ReadOnlySpan<char> _text;
        private int _low;
        private int _high;
        private int _length;

        internal Matches(PieceIndex index, ReadOnlySpan<char> text)
        {
            _index = index;
            _text = text;
            _low = index._firstOf[text[0]];
            _high = index._firstOf[text[0] + 1];
            _length = 1;
        }

        /// <summary>The next longer piece.</summary>
        /// <param name="id">Its id.</param>
        /// <param name="length">Its length in UTF-16 units.</param>
        public bool TryNext(out int id, out int length)
        {
            // Of a range that shares its first units, a piece of just these units is the first.
            while (_low < _high)
            {
                length = _length;
                bool isPiece = _index._pieces[_low].Length == length;
                id = isPiece ? _index._ids[_low++] : 0;
                Narrow();
                if (isPiece)
                {
                    return true;
                }
            }

            id = length = 0;
            return false;
        }

        private void Narrow()
        {
            if (_length == _text.Length)
            {
                _low = _high;
                return;
            }

            int unit = _text[_length];
            _low = FirstNotBelow(unit);
            _high = FirstNotBelow(unit + 1);
            _length++;
        }

        private readonly int FirstNotBelow(int unit)
        {
            (int low, int high) = (_low, _high);
            while (low < high)
            {
                int middle = (low + high) >> 1;
                (low, high) = _index._pieces[middle][_length] < unit ? (middle + 1, high) : (low, middle);
            }

            return low;
        }
    }
}
