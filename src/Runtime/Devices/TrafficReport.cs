using Flightc.Isa;

namespace Flightc.Runtime.Devices;

/// <summary>What one step moved and executed.</summary>
public sealed class TrafficReport
{
    private readonly long[] _instructions;
    private readonly long[] _pairs;
    private readonly long[] _hiddenPairs;

    // What all cores add to, several at once.
    private long _tables, _ids, _indexed, _storedRows;

    internal TrafficReport(int channels, int cores)
    {
        ChannelTraffic[] all = new ChannelTraffic[channels];
        for (int i = 0; i < channels; i++)
        {
            all[i] = new ChannelTraffic();
        }

        Channels = all;
        _instructions = new long[cores * InstructionSet.UnitCount];
        _pairs = new long[cores];
        _hiddenPairs = new long[cores];
    }

    /// <summary>Of a machine without channels.</summary>
    internal static TrafficReport None { get; } = new(0, 0);

    /// <summary>By number of the channel.</summary>
    public IReadOnlyList<ChannelTraffic> Channels { get; }

    /// <summary>Bytes read from DDR by <c>ld.table</c>.</summary>
    public long Tables => _tables;

    /// <summary>Bytes of indices that <c>ld.indexed</c> read from DDR.</summary>
    public long Ids => _ids;

    /// <summary>Bytes of rows that <c>ld.indexed</c> read from DDR.</summary>
    public long Indexed => _indexed;

    /// <summary>Bytes written to DDR.</summary>
    public long StoredRows => _storedRows;

    /// <summary>
    /// Pairs of a query row and a key that attention multiplied: each is d multiply-accumulates for its score, and 2d
    /// for its value, whose probability has two planes.
    /// </summary>
    public long AttentionPairs => _pairs.Sum();

    /// <summary>Causal pairs that it did not multiply, since the attention mask hides the key.</summary>
    public long HiddenAttentionPairs => _hiddenPairs.Sum();

    /// <summary>Instructions executed; loops count as their bodies, an exchange once on every core.</summary>
    public long Instructions(int core, Unit unit) => _instructions[(core * InstructionSet.UnitCount) + (int)unit];

    /// <summary>Goes to zero.</summary>
    internal void Clear()
    {
        (_tables, _ids, _indexed, _storedRows) = (0, 0, 0, 0);
        Array.Clear(_instructions);
        Array.Clear(_pairs);
        Array.Clear(_hiddenPairs);
        for (int i = 0; i < Channels.Count; i++)
        {
            Channels[i].Clear();
        }
    }

    internal void CountTables(long bytes) => Interlocked.Add(ref _tables, bytes);

    internal void CountIndexed(long ids, long bytes)
    {
        Interlocked.Add(ref _ids, ids);
        Interlocked.Add(ref _indexed, bytes);
    }

    internal void CountStoredRows(long bytes) => Interlocked.Add(ref _storedRows, bytes);

    internal void CountPairs(int core, bool causal, bool visible) => CountPairs(core, visible ? 1 : 0, causal && !visible ? 1 : 0);

    internal void CountPairs(int core, long visible, long hidden)
    {
        _pairs[core] += visible;
        _hiddenPairs[core] += hidden;
    }

    internal void CountInstruction(int core, Unit unit) =>
        _instructions[(core * InstructionSet.UnitCount) + (int)unit]++;
}
