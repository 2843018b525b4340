using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Tests.Isa;

public sealed class ProgramVerifierTests
{
    [Fact]
    public void A_right_program_is_accepted()
    {
        Assert.Empty(ProgramVerifier.Verify(Assembly.Parse(SmallProgram.Text)).Items);
    }

    [Theory]
    // Geometry and memory map
    [InlineData("channels first=2", "channels first=3", "geometry", "without gaps")]
    [InlineData("weightring=8192", "weightring=6000", "geometry", "unfinished tile")]
    [InlineData("weightbytes=4096", "weightbytes=4000", "memory map", "not whole pages")]
    [InlineData("cachebytes=2048", "cachebytes=65536", "memory map", "exceed a channel")]
    [InlineData("tablebytes=1024", "tablebytes=1028", "memory map", "overlap or exceed DDR")]
    [InlineData("logits=2048", "logits=1036", "memory map", "overlap or exceed DDR")]
    [InlineData("logits=2048", "logits=2050", "memory map", "multiples of 4")]
    [InlineData("logitspitch=64", "logitspitch=60", "memory map", "rows of logits overlap")]
    [InlineData("context=64", "context=0", "memory map", "at least 1")]
    // Registers and entries
    [InlineData("number=1 ", "number=0 ", "registers", "each once")]
    [InlineData("\"tokens - from\"", "\"from - tokens\"", "register R4", "is -1")]
    [InlineData("\"tokens - from\"", "\"past * 100000000\"", "register R4", "holds 0 to 2147483647")]
    [InlineData("\"tokens - from\"", "\"tokens - f\"", "registers", "cannot be evaluated")]
    [InlineData("name=prefill", "name=other", "entries", "'other'")]
    [InlineData("scoreslots=176", "scoreslots=0", "decode", "no step is possible")]
    // Streams
    [InlineData("sync release=st", "ld.kv release=st", "decode/core 0/mv/5", "does not belong")]
    [InlineData("sys.end wait=st\n", "sys.end wait=st\nsync\n", "decode/core 0/sys", "must end with 'sys.end'")]
    [InlineData("sys.end wait=st", "sync wait=st", "decode/core 0/sys", "must end with 'sys.end'")]
    [InlineData("sync release=st", "endloop\nsync release=st", "decode/core 0/mv/5", "without 'loop'")]
    [InlineData("sync release=st", "loop\nsync release=st", "decode/core 0/mv", "without 'endloop'")]
    [InlineData("sync release=st", "loop\nloop\nloop\nendloop\nendloop\nendloop\nsync release=st", "decode/core 0/mv/7", "deeper than 2")]
    [InlineData("endloop\n      sync", "endloop wait=ld\n      sync", "decode/core 0/mv/4", "waits for nothing")]
    [InlineData("sync release=st", "sync release=st,mv", "decode/core 0/mv/5", "wait for itself")]
    [InlineData("4096+1024*L0", "4096+1024*L1", "decode/core 0/ld/4", "uses L1")]
    [InlineData("rows=R4", "rows=R5", "decode/core 0/st/2 (logits)", "uses R5")]
    [InlineData("stream misc", "stream mm\nmm.linear\nstream misc", "decode/core 0/mv/0 (layers.0.q)", "both pop the weight ring")]
    [InlineData("stream misc", "stream mm\nmm.value\nstream misc", "decode/core 0/mv/2 (layers.0.score)", "both pop the KV ring")]
    // Exchanges
    [InlineData("xch.gather wait=misc release=mv addr=272 bytes=16 stride=32 rows=R3", "xch.sum wait=misc release=mv addr=256 count=1", "decode/core 1/xch", "'xch.sum'")]
    [InlineData("gather wait=misc release=mv addr=272", "gather wait=misc release=mv addr=264", "decode/core 1/xch/0", "the blocks of two cores overlap")]
    [InlineData("xch.gather wait=misc release=mv addr=272 bytes=16 stride=32 rows=R3", "sync wait=misc release=mv", "decode/core 1/xch", "exchanges and loops")]
    // Tokens
    [InlineData("sync release=st", "sync", "decode/core 0/mv to st", "gives 'st' 1 tokens less")]
    [InlineData("sync release=st", "loop count=R1\nsync release=st\nendloop", "decode/core 0/mv to st (R1)", "in loops of (R1)")]
    [InlineData("mv.score release=misc", "mv.score release=misc,st", "decode/core 0/mv to st", "2 tokens more")]
    // Progress
    [InlineData("misc.softmax wait=mv,xch release=mv", "misc.softmax wait=xch release=mv", "decode/core 0/mv to misc", "tokens more")]
    [InlineData("mv.value wait=misc prob", "mv.value prob", "decode/core 0/misc to mv", "tokens more")]
    [InlineData("mv.score release=misc codes", "mv.score wait=misc codes", "decode/core 0/mv to misc", "less")]
    [InlineData("rows=R1 slots=R2 out=16384", "rows=R2 slots=R2 out=16384", "decode/core 0/mv/3", "waits for 1 rows in the KV rings")]
    [InlineData("ld.kv addr=4608+1024*L0 bytes=16", "ld.kv addr=4608+1024*L0 bytes=8", "decode/core 0/mv/3", "rows of 8 bytes are popped off the KV rings as rows of 16")]
    [InlineData("ld.kv addr=4608+1024*L0 bytes=16 rows=R1 heads=1\n", "ld.kv addr=4608+1024*L0 bytes=16 rows=R1 heads=1\nld.kv addr=4608 bytes=16 rows=R1 heads=1\n", "decode/core 0/mv/2 (layers.0.score)", "rows of 16 bytes are popped off the KV rings as rows of 20")]
    // Fields and addresses
    [InlineData("tokens=R3 columns=32", "tokens=2 columns=32", "decode/core 0/mv/0 (layers.0.q)", "'mv' takes one")]
    [InlineData("width=2*R2", "width=-2*R2", "decode/core 0/misc/3", "field 'width' is -2")]
    [InlineData("group=8 bits=8 columns=16 count=16", "group=8 bits=8 columns=16 count=17", "decode/core 0/misc/0", "do not exist")]
    [InlineData("group=8 bits=8", "group=8 bits=9", "decode/core 0/misc/0", "codes of 9 bits do not exist")]
    [InlineData("cachering=256", "cachering=19", "decode/core 0/ld/4", "a row of 20 bytes does not go")]
    [InlineData("dst=1024 stride=24", "dst=65520 stride=24", "decode/core 0/ld/1 (embedding)", "scratch has 65536 bytes")]
    [InlineData("pages=1", "pages=2", "decode/core 0/ld/2 (layers.0)", "outside its weights")]
    [InlineData("ld.kv addr=4096+", "ld.kv addr=4000+", "decode/core 0/ld/4", "outside its KV cache")]
    [InlineData("ld.kv addr=4608+1024*L0", "ld.kv addr=4608+1500*L0", "decode/core 0/ld/5", "outside its KV cache")]
    [InlineData("index=1024", "index=64", "decode/core 0/ld/1 (embedding)", "must be the step's token ids")]
    [InlineData("addr=128 bytes=24", "addr=768 bytes=24", "decode/core 0/ld/1 (embedding)", "outside tables, ids and logits")]
    [InlineData("addr=2048 pitch=64 ; logits", "addr=1024 pitch=64 ; logits", "decode/core 0/st/2 (logits)", "outside the logits")]
    [InlineData("addr=4096 pitch=20", "addr=0 pitch=20", "decode/core 0/st/0", "outside its KV cache")]
    [InlineData("addr=4112 pitch=20", "addr=4113 pitch=20", "decode/core 0/st/1", "multiples of 2")]
    [InlineData("out=2048 outstride=64", "out=2050 outstride=64", "decode/core 0/mv/0 (layers.0.q)", "multiples of 4")]
    [InlineData("sums=20480", "sums=20484", "decode/core 0/misc/3", "multiples of 8")]
    [InlineData("slots=R2 out=4096", "slots=R1 out=4096", "decode/core 0/mv/2 (layers.0.score)", "rows of past tokens")]
    // Hazards
    [InlineData("addr=736 count=R3", "addr=8448 count=R3", "decode/core 0/xch/2", "'xch.max' reads scratch bytes 8448 to 8451 ('addr'), which decode/core 0/mv/2 (layers.0.score) 'mv.score' writes, and no token makes 'xch' wait until 'mv' has ended it")]
    [InlineData("st.kv wait=ld src=512", "st.kv wait=ld src=256", "decode/core 0/misc/1", "write after read: 'misc.quantize' writes scratch bytes 256 to 271 ('codes'), which decode/core 0/st/0 'st.kv' reads")]
    [InlineData("addr=4096 pitch=20 past", "addr=4096 pitch=20 rot=1 past", "decode/core 0/st/0", "channel bytes")]
    [InlineData("addr=2080 pitch", "addr=2076 pitch", "decode/core 1/st/2 (logits)", "write after write: 'st.rows' writes DDR bytes 2076 to 2079 ('addr'), which decode/core 0/st/2 (logits) 'st.rows' writes, and no exchange lies between them")]
    [InlineData("maxima=704 codes", "maxima=384 codes", "decode/core 0/misc/1", "uses scratch bytes 384 to 387 for two things: reads 'maxima', writes 'scales'")]
    [InlineData("scores=4096 values", "scores=4100 values", "decode/core 0/misc/3", "reads scratch byte 4104 ('scores'), which nothing in the step has written")]
    public void A_broken_rule_is_reported_where_it_is(string old, string replacement, string place, string message)
    {
        DiagnosticBag bag = ProgramVerifier.Verify(SmallProgram.With(old, replacement));

        Assert.All(bag.Items, d => Assert.Equal(Codes.ProgramInvalid, d.Code));
        Assert.True(
            bag.Items.Any(d => d.Location == place && d.Message.Contains(message, StringComparison.Ordinal)), string.Join('\n', bag.Items));
    }

    [Fact]
    public void A_circular_wait_is_reported_in_words()
    {
        string text = SmallProgram.Text
            .Replace("mv.score release=misc", "mv.score wait=misc", StringComparison.Ordinal)
            .Replace("mv.value wait=misc", "mv.value release=misc", StringComparison.Ordinal);

        Diagnostic error = Assert.Single(ProgramVerifier.Verify(Assembly.Parse(text)).Items);

        Assert.StartsWith("decode/core 0/", error.Location, StringComparison.Ordinal);
        Assert.Contains("decode/core 1/mv/2 (layers.0.score) 'mv.score' waits for a token of 'misc'", error.Message, StringComparison.Ordinal);
        Assert.Contains("decode/core 1/misc/3 'misc.softmax' waits for a token of 'mv'", error.Message, StringComparison.Ordinal);
        Assert.Contains("deadlock", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_core_that_never_comes_to_an_exchange_stops_the_others()
    {
        // Core 1 alone waits for its own scores before it gives its block.
        string text = SmallProgram.Text.Replace("xch.gather wait=misc release=mv addr=272", "xch.gather wait=misc,mv release=mv addr=272", StringComparison.Ordinal);
        int core = text.IndexOf("  core 1", StringComparison.Ordinal);
        text = text[..core] + text[core..].Replace("sync release=st", "sync release=st,xch", StringComparison.Ordinal);

        IReadOnlyList<Diagnostic> errors = ProgramVerifier.Verify(Assembly.Parse(text)).Items;

        Assert.Contains(errors, e => e.Message.Contains("decode/core 0/xch/0 'xch.gather' waits for the exchange units of other cores", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.Message.Contains("decode/core 1/xch/0 'xch.gather' waits for a token of 'mv'", StringComparison.Ordinal));
    }

    [Fact]
    public void The_end_must_wait_for_every_unit()
    {
        string text = SmallProgram.Text
            .Replace("st.rows wait=mv release=sys", "st.rows wait=mv", StringComparison.Ordinal)
            .Replace("sys.end wait=st", "sys.end", StringComparison.Ordinal);

        IReadOnlyList<Diagnostic> errors = ProgramVerifier.Verify(Assembly.Parse(text)).Items;

        Assert.Contains(errors, e => e.Location == "decode/core 0/sys" && e.Message.Contains("before the last instruction of 'st'", StringComparison.Ordinal));
    }

    [Fact]
    public void A_balanced_program_can_still_lose_to_a_full_ring()
    {
        // The page holds both products. While channel 0 must see a second page, channel 1 has no room for it.
        string text = SmallProgram.Text
            .Replace("weightbytes=4096", "weightbytes=16384", StringComparison.Ordinal)
            .Replace("channelbytes=65536", "channelbytes=131072", StringComparison.Ordinal)
            .Replace("cache=4096", "cache=16384", StringComparison.Ordinal)
            .Replace("pages=1", "pages=4", StringComparison.Ordinal)
            .Replace("addr=4096+1024*L0", "addr=16384+1024*L0", StringComparison.Ordinal)
            .Replace("addr=4608+1024*L0", "addr=16896+1024*L0", StringComparison.Ordinal)
            .Replace("addr=4096 pitch", "addr=16384 pitch", StringComparison.Ordinal)
            .Replace("addr=4112 pitch", "addr=16400 pitch", StringComparison.Ordinal);
        MachineProgram program = Assembly.Parse(text);

        Assert.Empty(ProgramVerifier.Verify(program).Items);
        Assert.Empty(ProgramVerifier.Verify(program, [[[12000, 12000]], [[12000]]]).Items);

        // Pages that leave one out: what comes behind them is not what the stream goes on with.
        MachineProgram gap = Assembly.Parse(text.Replace("ld.weights pages=4", "ld.weights addr=4096 pages=3", StringComparison.Ordinal));
        Assert.Empty(ProgramVerifier.Verify(gap).Items);
        Assert.Contains(
            "weights are loaded from 4096 on; the stream goes on at 0",
            ProgramVerifier.Verify(gap, [[[12000, 12000]], [[12000]]]).Items[0].Message, StringComparison.Ordinal);

        Diagnostic starved = ProgramVerifier.Verify(program, [[[12000, 100]], [[12000]]]).Items[0];
        Assert.Equal("decode/core 0/ld/2 (layers.0)", starved.Location);
        Assert.Contains("space for 2 pages in the weight rings", starved.Message, StringComparison.Ordinal);
        Assert.Contains("'mv.linear' waits for", starved.Message, StringComparison.Ordinal);
        Assert.Contains("of the image's 2 weight products", ProgramVerifier.Verify(program, [[[12000, 12000], [8, 8]], [[12000]]]).Items[0].Message, StringComparison.Ordinal);
        Assert.Contains("wants another", ProgramVerifier.Verify(program, [[], [[12000]]]).Items[0].Message, StringComparison.Ordinal);
        Assert.Equal("weights", ProgramVerifier.Verify(program, [[]]).Items[0].Location);
    }

    [Fact]
    public void Endless_loops_and_wide_loops_are_refused_quickly()
    {
        string endless = "loop count=16777215\nloop count=16777215\nendloop\nendloop\nsync release=st";

        DiagnosticBag bag = ProgramVerifier.Verify(SmallProgram.With("sync release=st", endless));

        Assert.Contains(bag.Items, e => e.Message.Contains("more than 4000000 instructions", StringComparison.Ordinal));
    }

    [Fact]
    public void Symbols_must_name_instructions_outside_loops()
    {
        MachineProgram program = Assembly.Parse(SmallProgram.Text);
        Symbol symbol = new("q", SymbolForm.Values, 0, Unit.Vector, 2, 64, 0, 0, 1);

        foreach ((Symbol bad, string message) in new[]
        {
            (symbol, "inside a loop"), (symbol with { Index = 99 }, "does not exist"), (symbol with { Core = 2 }, "does not exist"),
            (symbol with { Index = 0, Address = 65536 }, "outside scratch"),
        })
        {
            EntryPoint decode = program.Entries[0] with { Symbols = [bad] };
            Diagnostic error = Assert.Single(ProgramVerifier.Verify(program with { Entries = [decode, program.Entries[1]] }).Items);
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
            Assert.Equal("decode/symbol q", error.Location);
        }
    }

    [Fact]
    public void Damaged_programs_never_break_the_verifier()
    {
        byte[] valid = ProgramBinary.Write(Assembly.Parse(SmallProgram.Text));
        Random random = new(5);
        int verified = 0;
        for (int i = 0; i < 1500; i++)
        {
            byte[] bytes = [.. valid];
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            MachineProgram program;
            try
            {
                program = ProgramBinary.Read(bytes);
            }
            catch (CompilationException)
            {
                continue;
            }

            verified++;
            Assert.All(ProgramVerifier.Verify(program).Items, d => Assert.Equal(Codes.ProgramInvalid, d.Code));
        }

        Assert.InRange(verified, 500, 1500);
    }

    [Fact]
    public void A_program_as_long_as_that_of_32_layers_is_accepted()
    {
        const int repeats = 256;
        MachineProgram small = Assembly.Parse(SmallProgram.Text);
        MachineProgram large = small with { Entries = [.. small.Entries.Select(e => e with { Streams = [.. e.Streams.Select(Repeat)] })] };

        Assert.Empty(ProgramVerifier.Verify(large).Items);

        static IReadOnlyList<IReadOnlyList<Instruction>> Repeat(IReadOnlyList<IReadOnlyList<Instruction>> core)
        {
            // Between two repetitions all units wait for each other: they use the same scratch.
            Units[] parts = [.. core.Select((stream, unit) => stream.Count == 0 || unit is (int)Unit.System or (int)Unit.Misc ? Units.None : (Units)(1 << unit))];
            Units others = parts.Aggregate((a, b) => a | b);
            return
            [
                .. core.Select((stream, unit) => (IReadOnlyList<Instruction>)((Unit)unit switch
                {
                    Unit.System => [.. Enumerable.Repeat<Instruction>(new Synchronize { Wait = Units.Store }, repeats - 1), stream[0]],
                    Unit.Misc => Times(stream, new Synchronize { Wait = others, Release = others }),
                    _ when stream.Count == 0 => [],
                    _ => Times(stream, new Synchronize { Release = Units.Misc }, new Synchronize { Wait = Units.Misc }),
                })),
            ];
        }

        static IReadOnlyList<Instruction> Times(IReadOnlyList<Instruction> stream, params Instruction[] between) =>
            [.. Enumerable.Range(0, repeats).SelectMany(i => i == 0 ? stream : [.. between, .. stream])];
    }
}
