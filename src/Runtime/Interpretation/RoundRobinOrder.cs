namespace Flightc.Runtime.Interpretation;

/// <summary>Every unit of every core in turn.</summary>
internal sealed class RoundRobinOrder : IssueOrder
{
    private int _last = -1;

    /// <inheritdoc/>
    public override int Choose(ReadOnlySpan<Move> possible)
    {
        int chosen = 0;
        for (int i = 0; i < possible.Length; i++)
        {
            if (possible[i].Key > _last)
            {
                chosen = i;
                break;
            }
        }

        _last = possible[chosen].Key;
        return chosen;
    }
}
