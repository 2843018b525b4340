namespace Flightc.Tokenizers;

/// <summary>
/// A binary min-heap of merges that may apply: lowest rank first, leftmost first among equals.
/// </summary>
internal sealed class MergeQueue
{
    private ulong[] _heap = new ulong[64];
    private int _count;

    public void Clear() => _count = 0;

    public void Add(int rank, int position)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _heap.Length * 2);
        }

        ulong item = ((ulong)(uint)rank << 32) | (uint)position;
        int slot = _count++;
        while (slot > 0)
        {
            int parent = (slot - 1) >> 1;
            if (_heap[parent] <= item)
            {
                break;
            }

            _heap[slot] = _heap[parent];
            slot = parent;
        }

        _heap[slot] = item;
    }

    public bool TryTake(out int rank, out int position)
    {
        if (_count == 0)
        {
            rank = position = 0;
            return false;
        }

        rank = (int)(_heap[0] >> 32);
        position = (int)(uint)_heap[0];
        SiftDown(_heap[--_count]);
        return true;
    }

    private void SiftDown(ulong item)
    {
        int slot = 0;
        while (true)
        {
            int child = (2 * slot) + 1;
            if (child >= _count)
            {
                break;
            }

            if (child + 1 < _count && _heap[child + 1] < _heap[child])
            {
                child++;
            }

            if (_heap[child] >= item)
            {
                break;
            }

            _heap[slot] = _heap[child];
            slot = child;
        }

        _heap[slot] = item;
    }
}
