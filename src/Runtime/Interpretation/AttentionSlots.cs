namespace Flightc.Runtime.Interpretation;

/// <summary>Which token each slot of a KV head holds on one core: the slots of mm.score.</summary>
internal readonly struct AttentionSlots
{
    private readonly long _first, _allChannels, _rotation;

    public AttentionSlots(CoreState core, long rotation, long past, long tokens, long slots, bool isLocal)
    {
        _first = isLocal ? 0 : core.Channels.First;
        _allChannels = isLocal ? core.Channels.Count : core.AllChannels;
        _rotation = rotation;
        Past = past;
        End = past + tokens;
        Width = slots * core.Channels.Count;
    }

    /// <summary>Tokens before the step.</summary>
    public long Past { get; }

    /// <summary>Tokens before and of the step.</summary>
    public long End { get; }

    /// <summary>Slots of the core.</summary>
    public long Width { get; }

    /// <summary>
    /// u(r, i): the token that row <paramref name="row"/> of the core's channel number
    /// <paramref name="channel"/> holds.
    /// </summary>
    public long Token(long row, int channel)
    {
        long offset = (_first + channel - _rotation) % _allChannels;
        return (_allChannels * row) + (offset < 0 ? offset + _allChannels : offset);
    }
}
