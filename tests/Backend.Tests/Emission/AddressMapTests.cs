using Flightc.Backend.Emission;
using Flightc.Backend.Packing;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Schedules;

namespace Flightc.Tests.Emission;

public sealed class AddressMapTests
{
    [Fact]
    public void Row_blocks_of_a_core_have_the_formats_of_their_parts()
    {
        QuantizedFormat narrow = new(4, 32), wide = new(8, 64);
        Product gateUp = new(
            "gate-up", 96, true, 0, 64, [new("gate", "gate", "hidden", 0, 70, 1, narrow), new("up", "up", "hidden", 0, 70, 1, wide)]);
        Product heads = new(
            "qkv", 96, false, 0, 64, [new("q", "q", "heads", 0, 4, 8, narrow), new("k", "k", "heads", 4, 1, 8, narrow), new("v", "v", "heads", 5, 1, 8, wide)]);
        Geometry geometry = new("g", [new(0, 1), new(1, 1)], 1 << 20, 1 << 20, 1 << 16, 1 << 12, 1 << 12, 0);
        Schedule schedule = new(
            "s", geometry, 16, 4, 32, 4, 64, new CacheShape(1, 1, 8),
            new Mapping(AttentionDivision.Keys, new(GatherForm.Codes, 1), new(GatherForm.Codes, 1), 256, 1024, 50), [new("hidden", [0, 40, 70]), new("heads", [0, 3, 6])], [], [], [gateUp, heads], []);

        RowBlock[][] blocks = [.. AddressMap.ProductsOf(schedule, 1).Select(p => p.Blocks.ToArray())];

        Assert.Equal([new("gate", 40, 16, narrow), new("up", 40, 16, wide), new("gate", 56, 14, narrow), new("up", 56, 14, wide)], blocks[0]);
        Assert.Equal([new("q", 24, 8, narrow), new("k", 0, 8, narrow), new("v", 0, 8, wide)], blocks[1]);
    }
}
