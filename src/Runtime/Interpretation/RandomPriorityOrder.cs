using Flightc.Numerics;

namespace Flightc.Runtime.Interpretation;

/// <summary>
/// The possible move of the unit with the highest priority; priorities are drawn anew every so many moves.
/// </summary>
internal sealed class RandomPriorityOrder(ulong seed) : IssueOrder
{
    // Long enough for a unit to run several instructions ahead, short enough for many epochs in a step.
    private const int MovesPerEpoch = 100;

    private SplitMix64 _random = new(seed);
    private ulong _epoch;
    private int _left;

    /// <inheritdoc/>
    public override int Choose(ReadOnlySpan<Move> possible)
    {
        if (_left == 0)
        {
            _left = MovesPerEpoch;
            _epoch = _random.Next();
        }

        _left--;
        int chosen = 0;
        ulong highest = 0;
        for (int i = 0; i < possible.Length; i++)
        {
            ulong priority = new SplitMix64(_epoch + (ulong)possible[i].Key).Next();
            if (priority >= highest)
            {
                (chosen, highest) = (i, priority);
            }
        }

        return chosen;
    }
}
