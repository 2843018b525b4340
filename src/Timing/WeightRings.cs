using Flightc.Isa;
using Flightc.Packing;

namespace Flightc.Timing;

/// <summary>
/// The weight rings of one core: pages come into all of them at once, a product takes its bytes off each on its
/// own.
/// </summary>
/// <remarks>
/// A page can be taken from when all of it has arrived. Within what has arrived bytes leave at a constant rate, so
/// that tiles, of which a page has several, are not events of their own.
/// </remarks>
internal sealed class WeightRings
{
    private readonly int _capacity;
    private readonly int _page;
    private readonly List<double> _arrivals = [];
    private readonly Channel[] _channels;
    private double _spaceTime;

    public WeightRings(Geometry geometry, int channels)
    {
        (_capacity, _page) = (geometry.WeightRingBytes, geometry.PageBytes);
        _channels = [.. Enumerable.Range(0, channels).Select(_ => new Channel())];
    }

    /// <summary>When every ring has room for the next page; infinite while nobody knows.</summary>
    public double SpaceTime => _spaceTime;

    /// <summary>A page is on its way and will be there at a time.</summary>
    public void Push(double arrival)
    {
        _arrivals.Add(arrival);
        FindSpace();
    }

    /// <summary>A product begins to take its bytes.</summary>
    /// <param name="work">What it takes.</param>
    /// <param name="start">When.</param>
    /// <param name="arrayCycles">What the matrix engine needs for all of it; every channel has its share of the
    /// engine.</param>
    /// <param name="width">The most bytes a channel gives in a cycle.</param>
    /// <returns>The cycles it would take were all its data there.</returns>
    public double Begin(ProductWork work, double start, double arrayCycles, int width)
    {
        double longest = 0;
        for (int c = 0; c < _channels.Length; c++)
        {
            Channel channel = _channels[c];
            long bytes = work.Channels[c].Bytes;
            double cycles = Math.Max(arrayCycles, (double)bytes / width);
            channel.Wanted = channel.Taken + bytes;
            channel.CyclesPerByte = bytes == 0 ? 0 : cycles / bytes;
            channel.Time = Math.Max(channel.Time, start);
            longest = Math.Max(longest, bytes == 0 ? 0 : cycles);
        }

        return longest;
    }

    /// <summary>The product takes what there is of its bytes.</summary>
    /// <returns>When it has taken all; infinite while nobody knows.</returns>
    public double Drain()
    {
        double end = 0;
        bool isDone = true;
        foreach (Channel channel in _channels)
        {
            while (channel.Taken < channel.Wanted && channel.Taken / _page < _arrivals.Count)
            {
                long page = channel.Taken / _page;
                long upTo = Math.Min(channel.Wanted, (page + 1) * _page);
                double start = Math.Max(channel.Time, _arrivals[(int)page]);
                channel.Time = start + ((upTo - channel.Taken) * channel.CyclesPerByte);
                channel.Released.Append(upTo - channel.Taken, start, channel.Time);
                channel.Taken = upTo;
            }

            isDone &= channel.Taken == channel.Wanted;
            end = Math.Max(end, channel.Time);
        }

        if (double.IsPositiveInfinity(_spaceTime))
        {
            FindSpace();
        }

        return isDone ? end : double.PositiveInfinity;
    }

    /// <summary>Bytes in the fullest ring at a time, for observers.</summary>
    public double Fill(double time) =>
        ((double)_arrivals.Count * _page) - _channels.Min(c => c.Released.ReleasedBy(time));

    private void FindSpace()
    {
        double bytes = ((_arrivals.Count + 1.0) * _page) - _capacity;
        _spaceTime = 0;
        foreach (Channel channel in _channels)
        {
            _spaceTime = Math.Max(_spaceTime, channel.Released.TimeOf(bytes));
        }
    }

    private sealed class Channel
    {
        public long Taken { get; set; }

        public long Wanted { get; set; }

        public double CyclesPerByte { get; set; }

        /// <summary>When the last byte was taken.</summary>
        public double Time { get; set; }

        public ReleaseCurve Released { get; } = new();
    }
}
