namespace Flightc.Runtime.Devices;

/// <summary>Bytes that one memory channel moved in a step.</summary>
public sealed class ChannelTraffic
{
    /// <summary>Bytes of weight pages read.</summary>
    public long Weights { get; internal set; }

    /// <summary>Bytes of cache rows read: keys with their scales, and values.</summary>
    public long Cache { get; internal set; }

    /// <summary>Bytes of cache rows that were not read, since the attention mask hides them from everybody.</summary>
    public long SkippedCache { get; internal set; }

    /// <summary>Bytes of keys and values written.</summary>
    public long StoredCache { get; internal set; }

    /// <summary>Bytes of their scales written.</summary>
    public long StoredScales { get; internal set; }

    /// <summary>Goes to zero.</summary>
    internal void Clear() => (Weights, Cache, SkippedCache, StoredCache, StoredScales) = (0, 0, 0, 0, 0);
}
