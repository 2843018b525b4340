using Flightc.IR;

namespace Flightc.Reference;

/// <summary>
/// One sequence of tokens under way in a <see cref="FloatExecutor"/>: its position and its keys and values.
/// </summary>
/// <remarks>Belongs to the executor that made it. Not safe for several threads at once; two sequences are
/// independent.</remarks>
public sealed class FloatSequence
{
    private readonly FloatCache?[] _caches;

    internal FloatSequence(Graph graph)
    {
        Graph = graph;
        _caches = [.. graph.Nodes.Select(n => n.Op is Attention op ? new FloatCache(op.KvHeads * op.HeadDim) : null)];
    }

    /// <summary>Tokens so far; the position of the next one.</summary>
    public int Position { get; internal set; }

    internal Graph Graph { get; }

    /// <summary>Begins anew and keeps the memory.</summary>
    public void Reset()
    {
        Position = 0;
        foreach (FloatCache? cache in _caches)
        {
            cache?.Clear();
        }
    }

    internal FloatCache CacheOf(int node) => _caches[node]!;
}
