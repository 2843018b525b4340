namespace Flightc.Tokenizers;

/// <summary>
/// The symbols of one word as a doubly linked list in arrays, joined in the order of the merge rules.
/// </summary>
/// <remarks>
/// Sennrich et al. 2016 with a priority queue instead of a search per merge: O(n log n) for a word of n
/// symbols, so that a text without word boundaries is as quick as any other. One chain serves one call at a
/// time and is used again.
/// </remarks>
internal sealed class SymbolChain
{
    private const int None = -1;

    private readonly MergeQueue _queue = new();
    private int[] _ids = new int[64];
    private int[] _next = new int[64];
    private int[] _previous = new int[64];
    private int _count;

    public void Clear() => _count = 0;

    public void Add(int id)
    {
        if (_count == _ids.Length)
        {
            Array.Resize(ref _ids, _count * 2);
            Array.Resize(ref _next, _count * 2);
            Array.Resize(ref _previous, _count * 2);
        }

        _ids[_count++] = id;
    }

    /// <summary>Applies every merge that applies and appends what remains.</summary>
    public void MergeInto(MergeTable merges, List<int> ids)
    {
        if (_count == 0)
        {
            return;
        }

        Link(merges);
        while (_queue.TryTake(out int rank, out int left))
        {
            int right = _next[left];
            // An entry is stale when either neighbour has been joined with another symbol since.
            if (_ids[left] == None || right == None || merges.RankOf(_ids[left], _ids[right]) != rank)
            {
                continue;
            }

            Join(left, right, merges.ResultOf(rank));
            Enqueue(merges, _previous[left], left);
            Enqueue(merges, left, _next[left]);
        }

        for (int symbol = 0; symbol != None; symbol = _next[symbol])
        {
            ids.Add(_ids[symbol]);
        }
    }

    private void Link(MergeTable merges)
    {
        _queue.Clear();
        for (int i = 0; i < _count; i++)
        {
            _previous[i] = i - 1;
            _next[i] = i + 1 < _count ? i + 1 : None;
            Enqueue(merges, i - 1, i);
        }
    }

    private void Enqueue(MergeTable merges, int left, int right)
    {
        if (left == None || right == None)
        {
            return;
        }

        int rank = merges.RankOf(_ids[left], _ids[right]);
        if (rank >= 0)
        {
            _queue.Add(rank, left);
        }
    }

    private void Join(int left, int right, int result)
    {
        _ids[left] = result;
        _ids[right] = None;
        int after = _next[right];
        _next[left] = after;
        if (after != None)
        {
            _previous[after] = left;
        }
    }
}
