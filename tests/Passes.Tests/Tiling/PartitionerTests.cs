using Flightc.Passes.Tiling;
using Flightc.Schedules;

namespace Flightc.Tests.Tiling;

public sealed class PartitionerTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(15, 16)]
    [InlineData(1003, 16)]
    [InlineData(4096, 64)]
    [InlineData(32000, 16)]
    [InlineData(100_000_000, 1)]
    public void An_extent_is_divided_without_rest_in_whole_units(long elements, long unit)
    {
        Partition partition = New(11, 11, 10).Divide("x", elements, unit, Alike(unit, 1));

        Assert.Equal(4, partition.Bounds.Count);
        Assert.Equal(0, partition.First(0));
        Assert.Equal(elements, partition.Total);
        Assert.All(partition.Bounds, b => Assert.True(b == elements || b % unit == 0));
        Assert.True(partition.Bounds.Zip(partition.Bounds.Skip(1)).All(p => p.First <= p.Second));
    }

    [Fact]
    public void Shares_follow_the_channels()
    {
        Partition partition = New(3, 1).Divide("x", 4096, 16, Alike(16, 1));

        Assert.Equal([0, 3072, 4096], partition.Bounds);
    }

    [Fact]
    public void A_single_core_has_everything()
    {
        Assert.Equal([0L, 77], New(5).Divide("x", 77, 16, Alike(16, 1)).Bounds);
    }

    [Fact]
    public void More_cores_than_units_leave_some_without()
    {
        Partition partition = New(1, 1, 1, 1).Divide("x", 100, 64, Alike(64, 1));

        Assert.Equal(2, Enumerable.Range(0, 4).Count(c => partition.Count(c) > 0));
        Assert.Equal(64, partition.Largest);
    }

    [Fact]
    public void A_finer_extent_evens_out_what_a_coarser_one_left()
    {
        Partitioner partitioner = New(1, 1);
        Partition coarse = partitioner.Divide("coarse", 3, 1, Alike(1, 100));
        Partition fine = partitioner.Divide("fine", 300, 1, Alike(1, 1));

        Assert.Equal(coarse.Count(0) * 100 + fine.Count(0), coarse.Count(1) * 100 + fine.Count(1));
    }

    [Fact]
    public void Units_that_differ_in_bytes_are_evened_out_by_what_follows()
    {
        // Four units of which the last two take three times as much.
        Partitioner partitioner = New(1, 1);
        Partition coarse = partitioner.Divide("coarse", 4, 1, (first, count) => (count * 10) + (20 * Math.Clamp(first + count - 2, 0, count)));
        Partition fine = partitioner.Divide("fine", 100, 1, Alike(1, 1));

        Assert.Equal([0L, 2, 4], coarse.Bounds);
        Assert.Equal([0L, 70, 100], fine.Bounds);
    }

    private static Func<long, long, double> Alike(long unit, double bytes) => (_, count) => (count + unit - 1) / unit * bytes;

    private static Partitioner New(params int[] channels) => new(LlamaShape.Machine(0, channels).Cores);
}
