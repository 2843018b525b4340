using Flightc.Isa;
using Flightc.Packing;
using Flightc.Runtime.Devices;

namespace Flightc.Tests.Emulation;

/// <summary>Streams that no packer of ours makes, but that docs/memory.md allows.</summary>
public sealed class TileOrderTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    public void The_order_of_a_products_tiles_is_free(int tokens)
    {
        RandomNumbers random = new((ulong)tokens);
        TestProduct product = new(random, 88, 400, 4, 64, true, 3);
        byte[][] shuffled = [.. product.Streams.Select(s => Joined([.. Tiles(s).OrderBy(_ => random.Next())]))];
        Assert.Equal(Run(product, product.Streams, tokens), Run(product, shuffled, tokens));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    public void Tiles_that_come_twice_count_twice(int tokens)
    {
        TestProduct product = new(new RandomNumbers((ulong)tokens), 40, 300, 3, 128, false, 3);
        Run(product, [.. product.Streams.Select(s => Joined([.. Tiles(s), .. Tiles(s)]))], tokens);
    }

    // What the interpreter and the emulator agree on.
    private static byte[] Run(TestProduct product, byte[][] streams, int tokens)
    {
        RandomNumbers random = new(7);
        ScratchImage image = new(TestMachine.Scratch);
        MultiplyWeights multiply = new(Unit.Matrix)
        {
            Codes = image.Put(random.Codes(tokens * product.Columns)),
            CodeStride = product.Columns,
            Scales = image.Put(random.Floats(tokens)),
            Tokens = tokens,
            Columns = product.Columns,
            Rows = product.Rows,
            Out = image.Put(new float[tokens * product.Rows]),
            OutStride = 4 * product.Rows,
        };
        using TestMachine machine = new([streams.Length], [image], streams);
        MachineProgram program = machine.InSequence(_ =>
        [
            (Unit.Load, new LoadWeights { Address = 0, Pages = machine.WeightBytes / TestMachine.Page }),
            (Unit.Matrix, multiply),
        ]);
        return machine.RunEverywhere(program, new StepArguments(0, tokens, 0));
    }

    private static List<byte[]> Tiles(byte[] stream)
    {
        List<byte[]> tiles = [];
        for (int at = 0; at < stream.Length;)
        {
            Assert.True(TileReader.TryRead(stream.AsSpan(at), out TileHeader header));
            tiles.Add(stream[at..(at + (int)header.TileBytes)]);
            at += (int)header.TileBytes;
        }

        return tiles;
    }

    // Only the last tile has the flag of it.
    private static byte[] Joined(List<byte[]> tiles)
    {
        byte[][] copies = [.. tiles.Select(t => t.ToArray())];
        foreach (byte[] tile in copies)
        {
            tile[0] &= 0xFB;
        }

        copies[^1][0] |= 4;
        return [.. copies.SelectMany(t => t)];
    }
}
