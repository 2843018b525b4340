namespace Flightc.Runtime.Interpretation;

/// <summary>
/// The marks that ld.kvmask puts into the KV rings of a core in the place of rows that it skips. All rings of a core
/// hold the same rows, so one account stands for them: of bytes that went through, and at which of them marks are.
/// </summary>
internal sealed class RowMarks
{
    private readonly Queue<long> _places = new();
    private long _pushed;
    private long _popped;

    /// <summary>Whether what comes next off the rings is a mark.</summary>
    public bool IsNext => _places.TryPeek(out long place) && place == _popped;

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _places.Clear();
        (_pushed, _popped) = (0, 0);
    }

    /// <summary>A mark goes in.</summary>
    public void Mark() => _places.Enqueue(_pushed);

    /// <summary>The mark that is next comes off.</summary>
    public void Take() => _places.Dequeue();

    /// <summary>A row goes in.</summary>
    public void Push(long bytes) => _pushed += bytes;

    /// <summary>A row comes off.</summary>
    public void Pop(long bytes) => _popped += bytes;
}
