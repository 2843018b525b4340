namespace Flightc.Chat;

/// <summary>The variable <c>loop</c> of a loop.</summary>
/// <param name="items">What it goes over.</param>
/// <param name="depth">How many loops are around it, itself included.</param>
internal sealed class LoopState(IReadOnlyList<object?> items, int depth)
{
    /// <summary>Which of the items it is at.</summary>
    public int Index { get; set; }

    /// <summary>What <c>loop.name</c> is; false where there is no such thing.</summary>
    public bool TryGet(string name, out object? value)
    {
        value = name switch
        {
            "index" => Index + 1L,
            "index0" => (long)Index,
            "revindex" => (long)(items.Count - Index),
            "revindex0" => (long)(items.Count - Index - 1),
            "first" => Index == 0,
            "last" => Index == items.Count - 1,
            "length" => (long)items.Count,
            "depth" => (long)depth,
            "depth0" => depth - 1L,
            "previtem" => Index > 0 ? items[Index - 1] : new Undefined("loop.previtem of the first item"),
            "nextitem" => Index < items.Count - 1 ? items[Index + 1] : new Undefined("loop.nextitem of the last item"),
            _ => this,
        };
        return !ReferenceEquals(value, this);
    }
}
