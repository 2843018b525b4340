namespace Flightc.Targets;

/// <summary>Whether a query head keeps a block of keys for a block of the step's queries.</summary>
/// <param name="queryBlock">Number among the blocks of 64 tokens that the step has tokens of, from 0.</param>
/// <param name="queryHead">Number in the group of the KV head.</param>
/// <param name="keyBlock">Number in the sequence.</param>
public delegate bool KeptBlock(int queryBlock, int queryHead, long keyBlock);

/// <summary>
/// What an attention mask leaves of the work of one KV head in a step, for the cycle model and the closed form:
/// docs/timing.md §3.
/// </summary>
/// <remarks>Work is counted by row of slots (docs/isa.md, <c>mm.score</c>), which all of the core's channels have in
/// common.</remarks>
public sealed class MaskedWork
{
    private const int BlockTokens = 64;

    private readonly long[] _queryRows;
    private readonly bool[] _isNeeded;

    /// <summary>Asks the mask for all blocks of the step.</summary>
    /// <param name="past">Tokens before the step.</param>
    /// <param name="tokens">Tokens of the step, at least 1.</param>
    /// <param name="group">Query heads of the KV head.</param>
    /// <param name="spread">Channels over which the head's tokens are spread.</param>
    /// <param name="slots">Rows of slots.</param>
    /// <param name="isKept">The mask.</param>
    public MaskedWork(long past, long tokens, long group, long spread, long slots, KeptBlock isKept)
    {
        long firstBlock = past / BlockTokens;
        int blocks = (int)(((past + tokens - 1) / BlockTokens) - firstBlock + 1);
        int keyBlocks = (int)(firstBlock + blocks);
        bool[] kept = new bool[blocks * group * keyBlocks];
        for (int b = 0; b < blocks; b++)
        {
            for (int j = 0; j < group; j++)
            {
                for (int k = 0; k <= firstBlock + b; k++)
                {
                    kept[(((b * group) + j) * keyBlocks) + k] = isKept(b, j, k);
                }
            }
        }

        _queryRows = new long[slots];
        _isNeeded = new bool[slots];
        (int First, int Last) known = (-1, -1);
        for (long row = 0; row < slots; row++)
        {
            int first = (int)(spread * row / BlockTokens);
            int last = (int)(Math.Min((spread * (row + 1)) - 1, past + tokens - 1) / BlockTokens);
            long end = Math.Min(spread * (row + 1), past);
            _queryRows[row] = known == (first, last) ? _queryRows[row - 1] : QueryRows(first, last);
            _isNeeded[row] = spread * row < end
                && ((int)((end - 1) / BlockTokens) == last ? _queryRows[row] : QueryRows(first, (int)((end - 1) / BlockTokens))) > 0;
            known = (first, last);
        }

        // Query rows that see a key of these blocks.
        long QueryRows(int first, int last)
        {
            long rows = 0;
            for (int b = 0; b < blocks; b++)
            {
                long begin = Math.Max(past, (firstBlock + b) * BlockTokens);
                long end = Math.Min(past + tokens, (firstBlock + b + 1) * BlockTokens);
                for (int j = 0; j < group; j++)
                {
                    int at = (int)(((b * group) + j) * keyBlocks);
                    rows += first <= last && kept.AsSpan(at + first, last - first + 1).Contains(true) ? end - begin : 0;
                }
            }

            return rows;
        }
    }

    /// <summary>Query rows, of all query heads and tokens, of whose blocks some see a key in a row of slots.</summary>
    public long QueryRowsOf(long row) => _queryRows[row];

    /// <summary>Runs of rows that the load brings: of whose past tokens somebody sees one.</summary>
    /// <param name="rows">Rows that hold past tokens, at most those of slots.</param>
    public IEnumerable<(long First, long Count)> Runs(long rows)
    {
        for (long first = 0, end; first < rows; first = end)
        {
            end = first + 1;
            while (end < rows && _isNeeded[end] == _isNeeded[first])
            {
                end++;
            }

            if (_isNeeded[first])
            {
                yield return (first, end - first);
            }
        }
    }

    /// <summary>Rows that the load brings.</summary>
    /// <param name="rows">Rows that hold past tokens, at most those of slots.</param>
    public long NeededRows(long rows) => Runs(rows).Sum(run => run.Count);

    /// <summary>Sums a number over rows of slots.</summary>
    /// <param name="from">The first row.</param>
    /// <param name="to">The row behind the last.</param>
    /// <param name="ofQueries">The number for so many query rows.</param>
    public double Sum(long from, long to, Func<long, double> ofQueries)
    {
        double sum = 0;
        for (long row = from; row < to; row++)
        {
            sum += _queryRows[row] == 0 ? 0 : ofQueries(_queryRows[row]);
        }

        return sum;
    }
}
