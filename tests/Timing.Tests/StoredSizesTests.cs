using Flightc.Backend.Emission;
using Flightc.Backend.Packing;
using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Tests;

public sealed class StoredSizesTests
{
    // The division among cores is that of one recipe, the formats are those of another.
    [Theory]
    [InlineData("llama2-7b", "u280", "w4", "w3.5-8of16")]
    [InlineData("llama2-7b", "vhk158", "w3.5", "w8")]
    [InlineData("tinyllama-1.1b", "u280", "w8", "w3.5")]
    public void Sizes_of_all_weights_are_those_of_the_tiles_that_are_placed(string shape, string target, string mapped, string stored)
    {
        ShapedModel one = ShapedModel.Of(shape, target, mapped, 1024), other = ShapedModel.Of(shape, target, stored, 1024);
        StoredSizes sizes = new(one.Schedule, AddressMap.Of(one.Schedule));
        AddressMap addresses = AddressMap.Of(other.Schedule);
        long placed = addresses.Streams.Sum(s => Enumerable.Range(0, s.Channels).Sum(s.Length));
        long tiles = other.Graph.Weights.Where(w => w.Format is not null && w.Name != "embed.weight").Sum(w => sizes.StreamBytes(w.Name, w.Format!.Value));

        // What is left are end tiles: a channel that gets nothing of a product. These models fill all of them.
        Assert.Equal(placed, tiles);
        Weight embedding = other.Graph.Weights.First(w => w.Name == "embed.weight");
        Assert.Equal(addresses.Tables.EmbeddingBytes, sizes.TableBytes(embedding.Format!.Value));
        Assert.Equal(0, sizes.StreamBytes("embed.weight", embedding.Format!.Value));
    }

    [Fact]
    public void The_size_of_a_weight_is_that_of_its_own_tiles()
    {
        ShapedModel model = ShapedModel.Of("../stories/config", "tiny", "w3.5-8of16", 256);
        StoredSizes sizes = new(model.Schedule, AddressMap.Of(model.Schedule));
        Dictionary<string, long> bytes = [];
        for (int core = 0; core < model.Schedule.Geometry.Cores.Count; core++)
        {
            IReadOnlyList<WeightProduct> products = AddressMap.ProductsOf(model.Schedule, core);
            foreach (PlacedTile tile in StreamLayout.Tiles(products, model.Schedule.Geometry.Cores[core].Count).Where(t => t.Header.Kind != TileKind.End))
            {
                string weight = products[tile.Product].Blocks[tile.Header.RowBlock].Weight;
                bytes[weight] = bytes.GetValueOrDefault(weight) + tile.Header.TileBytes;
            }
        }

        Assert.True(bytes.Count > 20);
        Assert.All(bytes, weight => Assert.Equal(
            weight.Value, sizes.StreamBytes(weight.Key, model.Graph.Weights.First(w => w.Name == weight.Key).Format!.Value)));
    }
}
