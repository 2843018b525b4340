using Flightc.IR;
using Flightc.Packing;

namespace Flightc.Tests.Packing;

public sealed class MaskTableTests
{
    [Theory]
    [InlineData(64, 2)]
    [InlineData(500, 3)]
    [InlineData(1025, 4)]
    public void Every_byte_is_the_one_that_is_written(int contextLength, int blocks)
    {
        RandomNumbers random = new((ulong)contextLength);
        AttentionMasks masks = new([.. Enumerable.Range(0, 2).Select(_ => new LayerMask(3, blocks, (_, _, _) => random.Below(2) == 0))]);
        MaskTable table = new(masks, contextLength, 4096);
        using MemoryStream stream = new();
        table.Write(stream);
        Assert.Equal(table.Bytes, stream.Length);
        byte[] written = stream.ToArray();
        for (int i = 0; i < written.Length; i++)
        {
            Assert.Equal(written[i], table.ByteAt(4096 + i));
        }

        Assert.Equal(0, table.ByteAt(4095));
        Assert.Equal(0, table.ByteAt(4096 + table.Bytes));

        // Block 0 of keys, for the last block of queries of the last head of the last layer.
        int rows = (contextLength + 63) / 64;
        Assert.Equal(masks.Layers[1].Keeps(2, rows - 1, 0), (written[^table.HeadBytes] & 1) == 1);
    }
}
