using Flightc.Isa;
using Flightc.Targets;

namespace Flightc.Timing;

/// <summary>Where in DDR the attention masks come from that lie in a core's scratch: what loads of tables brought.</summary>
/// <param name="bytes">The masks in DDR; null where nobody knows them.</param>
internal sealed class MaskPlaces(Func<long, byte>? bytes)
{
    // By scratch address: the last load that wrote there.
    private readonly Dictionary<long, Loaded> _loads = [];

    private readonly record struct Loaded(long Address, long Pitch, long Stride, long Rows, long Bytes);

    /// <summary>A load of a table starts.</summary>
    public void Load(LoadTable load, long[] sources)
    {
        if (bytes is not null)
        {
            _loads[load.Destination.Evaluate(sources)] = new Loaded(
                load.Address.Evaluate(sources), load.Pitch.Evaluate(sources), load.Stride.Evaluate(sources),
                load.Rows.Evaluate(sources), load.Bytes.Evaluate(sources));
        }
    }

    /// <summary>What a mask says.</summary>
    /// <param name="address">Scratch address of the first query head's string.</param>
    /// <param name="pitch">Bytes between query heads.</param>
    public KeptBlock MaskAt(long address, long pitch)
    {
        foreach ((long destination, Loaded load) in _loads)
        {
            long offset = address - destination;
            if (offset >= 0 && offset < load.Bytes)
            {
                return (row, head, key) => row >= load.Rows
                    || (bytes!(load.Address + (row * load.Pitch) + offset + (head * pitch) + (key / 8)) >> (int)(key % 8) & 1) == 1;
            }
        }

        return (_, _, _) => true;
    }
}
