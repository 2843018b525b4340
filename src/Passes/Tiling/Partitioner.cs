using Flightc.Isa;
using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <summary>Divides extents among cores so that every memory channel carries the same bytes of weights.</summary>
/// <remarks>
/// Extents are divided one after another, coarse ones first, each in whole units. A division aims at each
/// core's share of everything divided so far, so that what a coarse extent leaves uneven a finer one evens
/// out.
/// </remarks>
internal sealed class Partitioner(IReadOnlyList<ChannelRange> cores)
{
    private readonly double[] _loads = new double[cores.Count];
    private readonly int _channels = cores.Sum(c => c.Count);
    private double _total;

    /// <summary>Divides an extent.</summary>
    /// <param name="name">Name of the partition.</param>
    /// <param name="elements">Elements of the extent.</param>
    /// <param name="unit">Elements that stay together.</param>
    /// <param name="bytesOf">Bytes of weights that a range of elements brings: the first element, and how
    /// many.</param>
    public Partition Divide(string name, long elements, long unit, Func<long, long, double> bytesOf)
    {
        long units = (elements + unit - 1) / unit;
        double bytesPerUnit = bytesOf(0, elements) / units;
        double[] before = [.. _loads];
        _total += units * bytesPerUnit;
        long[] counts = new long[cores.Count];
        for (long left = units; left > 0; left--)
        {
            int neediest = 0;
            for (int core = 1; core < counts.Length; core++)
            {
                neediest = Need(core) > Need(neediest) ? core : neediest;
            }

            // Units are handed out in bulk while one core is far behind, so that a large extent does not take long.
            long bulk = Math.Max(1, left / (64L * cores.Count));
            counts[neediest] += bulk;
            _loads[neediest] += bulk * bytesPerUnit;
            left -= bulk - 1;
        }

        long[] bounds = new long[cores.Count + 1];
        for (int core = 0; core < counts.Length; core++)
        {
            bounds[core + 1] = Math.Min(elements, bounds[core] + (counts[core] * unit));

            // Units need not be alike; what a core really got is what later extents have to even out.
            _loads[core] = before[core] + bytesOf(bounds[core], bounds[core + 1] - bounds[core]);
        }

        _total = _loads.Sum();
        return new Partition(name, bounds);
    }

    private double Need(int core) => (_total * cores[core].Count / _channels) - _loads[core];
}
