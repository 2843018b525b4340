using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>Which token each slot of a KV head holds on one core: the slots of mm.score.</summary>
internal readonly struct AttentionSlots
{
    private readonly ChannelRange _channels;
    private readonly long _allChannels, _rotation;

    public AttentionSlots(CoreState core, long rotation, long past, long tokens, long slots)
    {
        _channels = core.Channels;
        _allChannels = core.AllChannels;
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
        long offset = (_channels.First + channel - _rotation) % _allChannels;
        return (_allChannels * row) + (offset < 0 ? offset + _allChannels : offset);
    }
}
