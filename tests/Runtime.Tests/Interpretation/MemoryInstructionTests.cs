using Flightc.Isa;

namespace Flightc.Tests.Interpretation;

public sealed class MemoryInstructionTests
{
    [Fact]
    public void Rows_travel_through_scratch_with_their_strides()
    {
        using TestMachine machine = new(1);
        long table = machine.Table<int>(1, 2, 3, 4, 5, 6, 7, 8, 9);
        machine.Chain(
            0,
            (Unit.Load, new LoadTable { Address = table, Bytes = 8, Pitch = 12, Rows = 3, Destination = 100, Stride = 16 }),
            (Unit.Store, new StoreRows { Source = 100, Stride = 16, Bytes = 8, Rows = 3, Address = TestMachine.Results, Pitch = 8 }));
        byte[] results = machine.Run();
        Assert.Equal([1, 2, 4, 5, 7, 8, 0], TestMachine.As<int>(results, 7));
        Assert.Equal(24, machine.Traffic.Tables);
        Assert.Equal(24, machine.Traffic.StoredRows);
        Assert.Equal(1, machine.Traffic.Instructions(0, Unit.Load));
    }

    [Fact]
    public void Indexed_rows_come_by_the_ids_of_the_step()
    {
        using TestMachine machine = new(1);
        long table = machine.Table<int>(10, 11, 20, 21, 30, 31);
        machine.Chain(
            0,
            (Unit.Load, new LoadIndexed { Index = TestMachine.Ids, Address = table, Bytes = 4, Pitch = 8, Rows = 2, Destination = 8, Stride = 4 }));
        machine.Store(0, 8, 8);
        _ = machine.Run();
        machine.Memory.Ids[0] = 2;
        machine.Memory.Ids[1] = 1;
        Assert.Equal([30, 20], TestMachine.As<int>(machine.Run(), 2));
        Assert.Equal(8, machine.Traffic.Ids);
        Assert.Equal(8, machine.Traffic.Indexed);
    }

    [Fact]
    public unsafe void Cache_rows_and_scales_go_to_the_channel_and_row_of_their_token()
    {
        using TestMachine machine = new(2, 1);
        for (int core = 0; core < 2; core++)
        {
            machine.Load(core, 0, 0x11111111, 0x22222222, 0x33333333, 0x44444444);
            machine.Load(core, 64, 1.5f, -2f, 1e9f, 3f);
            machine.Chain(
                core,
                (Unit.Store, new StoreCache { Source = 0, Stride = 4, Bytes = 4, Address = TestMachine.Cache, Pitch = 6, Rotation = 1, Past = 4, Tokens = 4 }),
                (Unit.Store, new StoreCacheScale { Source = 64, Stride = 4, Address = TestMachine.Cache + 4, Pitch = 6, Rotation = 1, Past = 4, Tokens = 4 }));
        }

        _ = machine.Run();

        // Token 4 + t is in channel (5 + t) mod 3, row (4 + t) div 3: channels 2, 0, 1, 2 and rows 1, 1, 2, 2.
        (int Channel, int Row, int Code, float Scale)[] expected =
            [(2, 1, 0x11111111, 1.5f), (0, 1, 0x22222222, -2f), (1, 2, 0x33333333, 65504f), (2, 2, 0x44444444, 3f)];
        foreach ((int channel, int row, int code, float scale) in expected)
        {
            byte* at = machine.Memory.Read(channel, TestMachine.Cache + (6 * row), 6);
            Assert.Equal(code, *(int*)at);
            Assert.Equal((Half)scale, *(Half*)(at + 4));
        }

        Assert.Equal([4, 4, 8], machine.Traffic.Channels.Select(c => c.StoredCache));
        Assert.Equal([2, 2, 4], machine.Traffic.Channels.Select(c => c.StoredScales));
    }

    [Fact]
    public unsafe void Two_codes_of_four_bits_share_a_byte_the_first_in_the_low_half()
    {
        using TestMachine machine = new(1);
        machine.Load(0, 0, (sbyte)-8, (sbyte)7, (sbyte)-1, (sbyte)0, (sbyte)3, (sbyte)-2);
        machine.Chain(0, (Unit.Store, new StoreCache { Source = 0, Stride = 8, Bytes = 3, Address = TestMachine.Cache, Pitch = 8, Past = 2, Tokens = 1, Packed = 1 }));

        _ = machine.Run();

        Assert.Equal([0x78, 0x0f, 0xe3], new ReadOnlySpan<byte>(machine.Memory.Read(0, TestMachine.Cache + 16, 3), 3).ToArray());
        Assert.Equal(3, machine.Traffic.Channels[0].StoredCache);
    }

    [Fact]
    public unsafe void Local_rows_and_scales_stay_in_the_channels_of_their_core()
    {
        using TestMachine machine = new(1, 2);
        machine.Load(1, 0, 0x11111111, 0x22222222, 0x33333333, 0x44444444);
        machine.Load(1, 64, 1.5f, -2f, 1e9f, 3f);
        machine.Chain(
            1,
            (Unit.Store, new StoreCache { Source = 0, Stride = 4, Bytes = 4, Address = TestMachine.Cache, Pitch = 6, Rotation = 1, Past = 4, Tokens = 4, Local = 1 }),
            (Unit.Store, new StoreCacheScale { Source = 64, Stride = 4, Address = TestMachine.Cache + 4, Pitch = 6, Rotation = 1, Past = 4, Tokens = 4, Local = 1 }));

        _ = machine.Run();

        // Token 4 + t is in the core's channel (5 + t) mod 2, row (4 + t) div 2; its channels are 1 and 2.
        (int Channel, int Row, int Code, float Scale)[] expected =
            [(2, 2, 0x11111111, 1.5f), (1, 2, 0x22222222, -2f), (2, 3, 0x33333333, 65504f), (1, 3, 0x44444444, 3f)];
        foreach ((int channel, int row, int code, float scale) in expected)
        {
            byte* at = machine.Memory.Read(channel, TestMachine.Cache + (6 * row), 6);
            Assert.Equal(code, *(int*)at);
            Assert.Equal((Half)scale, *(Half*)(at + 4));
        }

        Assert.Equal([0, 8, 8], machine.Traffic.Channels.Select(c => c.StoredCache));
        Assert.Equal([0, 4, 4], machine.Traffic.Channels.Select(c => c.StoredScales));
    }

    [Fact]
    public unsafe void Every_head_goes_one_channel_further_and_one_pitch_on()
    {
        using TestMachine machine = new(2, 1);
        for (int core = 0; core < 2; core++)
        {
            // Two tokens of two heads each.
            machine.Load(core, 0, 0x11111111, 0x22222222, 0x33333333, 0x44444444);
            machine.Load(core, 64, 1.5f, -2f, 0.5f, 3f);
            machine.Chain(
                core,
                (Unit.Store, new StoreCache { Source = 0, Stride = 8, Bytes = 4, Address = TestMachine.Cache, Pitch = 6, Rotation = 1, Past = 4, Tokens = 2, Heads = 2, HeadStride = 4, HeadPitch = 100 }),
                (Unit.Store, new StoreCacheScale { Source = 64, Stride = 8, Address = TestMachine.Cache + 4, Pitch = 6, Rotation = 1, Past = 4, Tokens = 2, Heads = 2, HeadStride = 4, HeadPitch = 100 }));
        }

        _ = machine.Run();

        // Token 4 + t of head h is in channel (5 + t + h) mod 3, row 1.
        (int Channel, int Head, int Code, float Scale)[] expected =
            [(2, 0, 0x11111111, 1.5f), (0, 1, 0x22222222, -2f), (0, 0, 0x33333333, 0.5f), (1, 1, 0x44444444, 3f)];
        foreach ((int channel, int head, int code, float scale) in expected)
        {
            byte* at = machine.Memory.Read(channel, TestMachine.Cache + (100 * head) + 6, 6);
            Assert.Equal(code, *(int*)at);
            Assert.Equal((Half)scale, *(Half*)(at + 4));
        }

        Assert.Equal([8, 4, 4], machine.Traffic.Channels.Select(c => c.StoredCache));
    }
}
