using Flightc.Isa;

namespace Flightc.Tests.Isa;

public sealed class InstructionAccessTests
{
    private static readonly MachineProgram Program = Assembly.Parse(SmallProgram.Text);

    [Fact]
    public void A_cache_row_goes_to_the_channel_and_row_that_the_formula_says()
    {
        for (int past = 0; past < 8; past++)
        {
            for (int rotation = 0; rotation < 4; rotation++)
            {
                StoreCache store = new() { Source = 100, Stride = 32, Bytes = 16, Address = 5000, Pitch = 20, Rotation = rotation, Past = past, Tokens = 7 };
                List<(int Channel, long From, long To)> wanted = [];
                for (int t = 0; t < 7; t++)
                {
                    int g = past + t;
                    wanted.Add(((g + rotation) % 3, 100 + (t * 32), 5000 + (g / 3 * 20)));
                }

                List<(int Channel, long From, long To)> found = [];
                for (int core = 0; core < 2; core++)
                {
                    List<Access> accesses = List(store, core);
                    for (int i = 0; i < accesses.Count; i += 2)
                    {
                        (Access read, Access write) = (accesses[i], accesses[i + 1]);
                        Assert.Equal((MemorySpace.Scratch, false, core), (read.Space, read.IsWrite, read.Index));
                        Assert.Equal((MemorySpace.Channel, true), (write.Space, write.IsWrite));
                        for (long row = 0; row < read.Rows; row++)
                        {
                            found.Add((write.Index, read.Address + (row * read.Stride), write.Address + (row * write.Stride)));
                        }
                    }
                }

                Assert.Equal(wanted.Order(), found.Order());
            }
        }
    }

    [Fact]
    public void Keys_of_the_step_are_read_by_the_core_whose_slots_they_fill()
    {
        for (int past = 0; past < 8; past++)
        {
            MultiplyKeys keys = new(Unit.Matrix)
            {
                Keys = 1000, KeyStride = 16, KeyScales = 2000, ValueScales = 2004, ScaleStride = 8, Rotation = 1, Past = past, Tokens = 5, Group = 2,
                HeadDim = 16, Rows = 3, Slots = 5, Mask = 60, MaskStride = 4,
            };
            SortedSet<long> read = [];
            for (int core = 0; core < 2; core++)
            {
                foreach (Access access in List(keys, core).Where(a => a.Field == "keys"))
                {
                    for (long row = 0; row < access.Rows; row++)
                    {
                        Assert.True(read.Add((access.Address - 1000 + (row * access.Stride)) / 16));
                    }
                }
            }

            Assert.Equal([0, 1, 2, 3, 4], read);
            Assert.Equal(new RingTraffic(0, false, 0, 3, 20), RingTraffic.Of(keys));
        }
    }

    [Fact]
    public void Local_rows_and_keys_are_all_the_cores_own()
    {
        for (int past = 0; past < 6; past++)
        {
            for (int core = 0; core < 2; core++)
            {
                // The first core has channels 0 and 1, the second has channel 2.
                (int first, int own) = core == 0 ? (0, 2) : (2, 1);
                StoreCache store = new() { Source = 100, Stride = 32, Bytes = 16, Address = 5000, Pitch = 20, Rotation = 3, Past = past, Tokens = 5, Local = 1 };
                Access[] writes = [.. List(store, core).Where(a => a.IsWrite)];
                Assert.Equal(
                    Enumerable.Range(past, 5).Select(g => (first + ((g + 3) % own), 5000L + (g / own * 20))).Order(),
                    writes.SelectMany(w => Enumerable.Range(0, (int)w.Rows).Select(r => (w.Index, w.Address + (r * w.Stride)))).Order());

                MultiplyValues values = new(Unit.Matrix)
                {
                    Codes = 1000, Stride = 16, Rotation = 3, Past = past, Tokens = 5, Group = 1, HeadDim = 16, Rows = 6, Slots = 11, Local = 1,
                };
                Assert.Equal(
                    [0, 1, 2, 3, 4],
                    List(values, core).Where(a => a.Field == "values")
                        .SelectMany(a => Enumerable.Range(0, (int)a.Rows).Select(r => (a.Address - 1000 + (r * a.Stride)) / 16)).Order());
            }
        }
    }

    [Fact]
    public void A_gather_reads_here_and_writes_there()
    {
        Access[] accesses = [.. List(new Gather { Address = 64, Bytes = 8, Stride = 16, Rows = 2 }, 1)];

        Assert.Equal(
            [new(MemorySpace.Scratch, 1, 64, 2, 16, 8, false, 1, "addr"), new(MemorySpace.Scratch, 0, 64, 2, 16, 8, true, 1, "addr")], accesses);
        Assert.Equal(64 + 16 + 8, accesses[0].End);
    }

    [Fact]
    public void A_product_of_no_rows_touches_nothing_and_adding_reads_what_it_writes()
    {
        MultiplyWeights product = new(Unit.Matrix) { Codes = 8, CodeStride = 32, Scales = 128, Tokens = 2, Columns = 20, Rows = 16, Out = 256, OutStride = 64, Add = 1 };

        Assert.Equal(
            [
                new(MemorySpace.Scratch, 0, 8, 2, 32, 20, false, 1, "codes"), new(MemorySpace.Scratch, 0, 128, 1, 0, 8, false, 4, "scales"),
                new(MemorySpace.Scratch, 0, 256, 2, 64, 64, false, 4, "out"), new(MemorySpace.Scratch, 0, 256, 2, 64, 64, true, 4, "out"),
            ],
            List(product, 0));
        Assert.Empty(List(new MultiplyWeights(Unit.Matrix) { Tokens = 2, Columns = 20 }, 0));
    }

    [Fact]
    public void Loads_read_every_channel_of_the_core()
    {
        Assert.Equal(
            [new(MemorySpace.Channel, 0, 4096, 1, 0, 8192, false, 1, "addr"), new(MemorySpace.Channel, 1, 4096, 1, 0, 8192, false, 1, "addr")],
            List(new LoadWeights { Address = 4096, Pages = 2 }, 0));
        Assert.Equal([new(MemorySpace.Channel, 2, 64, 1, 0, 60, false, 1, "addr")], List(new LoadCache { Address = 64, Bytes = 20, Rows = 3 }, 1));
    }

    [Fact]
    public void Heads_are_loaded_and_stored_as_if_one_by_one()
    {
        Assert.Equal(
            [new(MemorySpace.Channel, 2, 64, 5, 4096, 60, false, 1, "addr")],
            List(new LoadCache { Address = 64, Bytes = 20, Rows = 3, Heads = 5, HeadPitch = 4096 }, 1));
        Assert.Empty(List(new LoadCache { Address = 64, Bytes = 20, Rows = 3, Heads = 0 }, 1));

        StoreCache rows = new() { Source = 100, Stride = 64, Bytes = 16, Address = 5000, Pitch = 20, Rotation = 2, Past = 5, Tokens = 2, Heads = 3, HeadStride = 16, HeadPitch = 200 };
        StoreCacheScale scales = new() { Source = 400, Stride = 64, Address = 5016, Pitch = 20, Rotation = 2, Past = 5, Tokens = 2, Heads = 3, HeadStride = 4, HeadPitch = 200 };
        for (int core = 0; core < 2; core++)
        {
            Assert.Equal(
                Enumerable.Range(0, 3).SelectMany(h => List(
                    new StoreCache { Source = 100 + (16 * h), Stride = 64, Bytes = 16, Address = 5000 + (200 * h), Pitch = 20, Rotation = 2 + h, Past = 5, Tokens = 2 }, core)),
                List(rows, core));
            Assert.Equal(
                Enumerable.Range(0, 3).SelectMany(h => List(
                    new StoreCacheScale { Source = 400 + (4 * h), Stride = 64, Address = 5016 + (200 * h), Pitch = 20, Rotation = 2 + h, Past = 5, Tokens = 2 }, core)),
                List(scales, core));
        }
    }

    [Fact]
    public void The_last_pair_of_blocks_is_read_as_far_as_it_is_wanted()
    {
        Assert.Equal(128 + 64 + 12, List(new ActivateRows { Count = 19, Tokens = 1, Gated = 1 }, 0)[0].Bytes);
        Assert.Equal(128, List(new ActivateRows { Count = 16, Tokens = 1, Gated = 1 }, 0)[0].Bytes);
    }

    [Fact]
    public void What_is_updated_in_place_is_read_and_written_in_one_field()
    {
        Access read = new(MemorySpace.Scratch, 0, 256, 2, 64, 40, false, 4, "out");
        Access[] update = [read, read with { IsWrite = true }];
        Assert.Equal(update, List(new ActivateRows { Source = 256, Stride = 64, Out = 256, OutStride = 64, Count = 10, Tokens = 2 }, 0));
        Assert.Equal(
            [new(MemorySpace.Scratch, 0, 512, 2, 48, 40, false, 4, "src"), .. update],
            List(new AddRows { Source = 512, Stride = 48, Out = 256, OutStride = 64, Count = 10, Tokens = 2 }, 0));

        NormalizeRows norm = new() { Source = 256, Stride = 64, Out = 256, OutStride = 64, Count = 5, Heads = 2, Tokens = 2, Weight = 512, Bias = 600, Biased = 1 };
        Access[] vectors = [new(MemorySpace.Scratch, 0, 512, 1, 0, 20, false, 4, "weight"), new(MemorySpace.Scratch, 0, 600, 1, 0, 20, false, 4, "bias")];
        Assert.Equal([update[0], .. vectors, update[1]], List(norm, 0));
        Assert.Equal([update[0], vectors[0], update[1]], List(new NormalizeRows { Source = 256, Stride = 64, Out = 256, OutStride = 64, Count = 5, Heads = 2, Tokens = 2, Weight = 512, Bias = 600 }, 0));
    }

    [Fact]
    public void What_lies_elsewhere_is_read_in_its_own_field()
    {
        Assert.Equal(["src", "out"], List(new ActivateRows { Source = 256, Stride = 64, Out = 256, OutStride = 68, Count = 10, Tokens = 2 }, 0).Select(a => a.Field));
        Assert.Equal(["src", "out"], List(new ActivateRows { Source = 256, Stride = 64, Out = 256, OutStride = 64, Count = 10, Tokens = 2, Gated = 1 }, 0).Select(a => a.Field));
        Assert.Equal(["src", "weight", "out"], List(new NormalizeRows { Source = 0, Out = 256, Count = 5, Heads = 2, Tokens = 1, Weight = 512 }, 0).Select(a => a.Field));
        Assert.Empty(List(new NormalizeRows { Count = 5, Tokens = 1, Weight = 512 }, 0));
    }

    [Fact]
    public void One_vector_for_all_tokens_is_read_once_and_a_table_row_as_far_as_a_head_is_rotated()
    {
        Assert.Equal((1, 40), List(new AddRows { Source = 512, Out = 256, OutStride = 64, Count = 10, Tokens = 9 }, 0).Select(a => (a.Rows, a.Bytes)).First());
        Access table = List(new QuantizeHeads { Heads = 2, HeadDim = 10, Tokens = 3, Rotated = 6, Table = 64, TableStride = 48 }, 0)[1];
        Assert.Equal(("table", 3, 24), (table.Field, table.Rows, table.Bytes));
        Assert.DoesNotContain(List(new QuantizeHeads { Heads = 2, HeadDim = 9, Tokens = 3 }, 0), a => a.Field == "table");
    }

    private static List<Access> List(Instruction instruction, int core)
    {
        List<Access> accesses = [];
        new InstructionAccess(Program, core).List(instruction, accesses);
        return accesses;
    }
}
