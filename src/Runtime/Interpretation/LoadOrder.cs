using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>Load units before, or after, everything else; within each of the two kinds in turn.</summary>
internal sealed class LoadOrder(bool first) : IssueOrder
{
    private readonly RoundRobinOrder _loads = new();
    private readonly RoundRobinOrder _others = new();

    /// <inheritdoc/>
    public override int Choose(ReadOnlySpan<Move> possible)
    {
        int loads = 0;
        foreach (Move move in possible)
        {
            loads += move.Unit == Unit.Load ? 1 : 0;
        }

        bool wantsLoad = loads == possible.Length || (first && loads > 0);
        Span<Move> kind = stackalloc Move[wantsLoad ? loads : possible.Length - loads];
        Span<int> index = stackalloc int[kind.Length];
        int count = 0;
        for (int i = 0; i < possible.Length; i++)
        {
            if (possible[i].Unit == Unit.Load == wantsLoad)
            {
                kind[count] = possible[i];
                index[count++] = i;
            }
        }

        return index[(wantsLoad ? _loads : _others).Choose(kind)];
    }
}
