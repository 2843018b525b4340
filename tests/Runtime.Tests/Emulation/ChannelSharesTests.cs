using Flightc.Packing;
using Flightc.Runtime.Emulation;
using Flightc.Runtime.Emulation.Kernels;

namespace Flightc.Tests.Emulation;

public sealed unsafe class ChannelSharesTests
{
    [Fact]
    public void A_product_is_not_finished_while_a_channel_is_open()
    {
        ChannelShares shares = new([new ByteQueue()], 1);
        shares.Begin(long.MaxValue);
        Assert.False(shares.AreFinished());
    }

    [Fact]
    public void Who_is_thrown_out_of_a_product_does_not_keep_his_channel()
    {
        ulong end = TileHeader.End.Word;
        ByteQueue ring = new();
        ring.Push((byte*)&end, TileHeader.HeaderBytes);
        ChannelShares shares = new([ring], 1);
        shares.Begin(long.MaxValue);
        using EndWalk broken = new(isBroken: true), whole = new(isBroken: false);
        Assert.Throws<InvalidOperationException>(() => shares.Multiply(broken, 0));

        shares.Begin(long.MaxValue);
        shares.Multiply(whole, 0);
        Assert.True(shares.AreFinished());
        Assert.Equal(0, ring.Available);
    }

    private sealed class EndWalk(bool isBroken) : TileWalk
    {
        protected override void Prepare()
        {
        }

        protected override long Run(byte* tiles, long furthest, out bool last)
        {
            ulong word = *(ulong*)tiles;
            last = IsLast(word);
            return isBroken ? throw new InvalidOperationException("a bug") : Other(tiles, word);
        }
    }
}
