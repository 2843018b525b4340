namespace Flightc.Tokenizers;

/// <summary>
/// The merge rules of byte-pair encoding: which neighbours join, in which order, into what.
/// </summary>
/// <remarks>
/// Pairs are sorted by (left, right) and indexed by left id, and a lookup is a binary search among one left
/// id's partners. Unlike a hash table it has no worst case that a hostile file could provoke.
/// </remarks>
internal sealed class MergeTable
{
    private readonly int[] _firstOf;
    private readonly int[] _rights;
    private readonly int[] _ranks;
    private readonly int[] _resultOfRank;

    /// <param name="pairs">(left &lt;&lt; 32) | right by rank; of equal pairs the last counts.</param>
    /// <param name="results">The id that the pair of each rank becomes.</param>
    /// <param name="vocabularySize">No id reaches it.</param>
    public MergeTable(ulong[] pairs, int[] results, int vocabularySize)
    {
        ulong[] sorted = [.. pairs];
        int[] ranks = [.. Enumerable.Range(0, pairs.Length)];
        Array.Sort(sorted, ranks);
        _resultOfRank = results;
        _firstOf = new int[vocabularySize + 1];
        _rights = new int[sorted.Length];
        _ranks = new int[sorted.Length];
        int count = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            if (i > 0 && sorted[i] == sorted[i - 1])
            {
                _ranks[count - 1] = Math.Max(_ranks[count - 1], ranks[i]);
                continue;
            }

            _rights[count] = (int)(uint)sorted[i];
            _ranks[count] = ranks[i];
            _firstOf[(int)(sorted[i] >> 32) + 1]++;
            count++;
        }

        for (int id = 0; id < vocabularySize; id++)
        {
            _firstOf[id + 1] += _firstOf[id];
        }
    }

    /// <summary>The rank of a pair, smaller first; -1 where the two do not join.</summary>
    public int RankOf(int left, int right)
    {
        int low = _firstOf[left];
        int high = _firstOf[left + 1] - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            int candidate = _rights[middle];
            if (candidate == right)
            {
                return _ranks[middle];
            }

            if (candidate < right)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return -1;
    }

    public int ResultOf(int rank) => _resultOfRank[rank];
}
