using Flightc.Numerics;

namespace Flightc.Runtime.Interpretation;

/// <summary>Each possible move is equally likely.</summary>
internal sealed class RandomOrder(ulong seed) : IssueOrder
{
    private SplitMix64 _random = new(seed);

    /// <inheritdoc/>
    public override int Choose(ReadOnlySpan<Move> possible) => _random.Below(possible.Length);
}
