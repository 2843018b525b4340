using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests.Interpretation;

public sealed class ControlTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    public void Loops_repeat_as_often_as_registers_say_and_count_from_0(int outer, int inner)
    {
        using TestMachine machine = new(1);
        machine.Registers.Add(new LengthRegister(0, "outer", "past"));
        machine.Registers.Add(new LengthRegister(5, "inner", "tokens - 1"));
        long table = machine.Table([.. Enumerable.Range(100, 64)]);
        List<Instruction> load = machine.Stream(0, Unit.Load);
        load.Add(new BeginLoop { Count = Source.Register(0) });
        load.Add(new LoadTable { Address = table + ((Operand)Source.Loop(0) * 16), Bytes = 4, Rows = 1, Destination = 0, Release = Units.Store });
        load.Add(new Synchronize { Wait = Units.Store });
        load.Add(new BeginLoop { Count = Source.Register(5) });
        load.Add(new LoadTable
        {
            Address = table + ((Operand)Source.Loop(0) * 16) + ((Operand)Source.Loop(1) * 4) + 4, Bytes = 4, Rows = 1, Destination = 0,
            Release = Units.Store,
        });
        load.Add(new Synchronize { Wait = Units.Store });
        load.Add(new EndLoop());
        load.Add(new EndLoop());

        List<Instruction> store = machine.Stream(0, Unit.Store);
        store.Add(new BeginLoop { Count = Source.Register(0) });
        Operand address = (Operand)TestMachine.Results + ((Operand)Source.Loop(0) * 16);
        store.Add(new StoreRows { Source = 0, Bytes = 4, Rows = 1, Address = address, Wait = Units.Load, Release = Units.Load });
        store.Add(new BeginLoop { Count = Source.Register(5) });
        store.Add(new StoreRows
        {
            Source = 0, Bytes = 4, Rows = 1, Address = address + ((Operand)Source.Loop(1) * 4) + 4, Wait = Units.Load, Release = Units.Load,
        });
        store.Add(new EndLoop());
        store.Add(new EndLoop());

        int[] results = TestMachine.As<int>(machine.Run(past: outer, tokens: inner + 1), 16);
        int[] expected = new int[16];
        for (int i = 0; i < outer; i++)
        {
            for (int j = 0; j <= inner; j++)
            {
                expected[(4 * i) + j] = 100 + (4 * i) + j;
            }
        }

        Assert.Equal(expected, results);
        Assert.Equal(outer * (1 + inner), machine.Traffic.Instructions(0, Unit.Store));
    }

    [Fact]
    public void A_loop_of_nothing_takes_no_time_however_often()
    {
        using TestMachine machine = new(1);
        List<Instruction> load = machine.Stream(0, Unit.Load);
        load.AddRange([new BeginLoop { Count = 1L << 40 }, new BeginLoop { Count = 1L << 40 }, new EndLoop(), new EndLoop()]);
        _ = machine.Run();
    }

    [Fact]
    public void Badly_nested_loops_are_refused()
    {
        Refused("a loop has no end", new BeginLoop { Count = 1 }, new Synchronize());
        Refused("a loop ends that has not begun", new EndLoop());
        Refused("the loop's count is -1", new BeginLoop { Count = -1 }, new EndLoop());
        Refused(
            "more than 2 loops are nested", new BeginLoop { Count = 1 }, new BeginLoop { Count = 1 }, new BeginLoop { Count = 1 }, new Synchronize(),
            new EndLoop(), new EndLoop(), new EndLoop());
    }

    [Fact]
    public void A_deadlock_says_who_waits_for_what_and_where()
    {
        using TestMachine machine = new(1, 1);
        machine.Stream(0, Unit.Store).Add(new Synchronize { Wait = Units.Misc | Units.Load, Provenance = "layers.0.k" });
        machine.Stream(0, Unit.Load).Add(new LoadWeights { Address = 0, Pages = 5 });
        machine.Stream(0, Unit.Vector).Add(new MultiplyValues(Unit.Vector) { HeadDim = 16, Rows = 2, Slots = 2 });
        machine.Stream(1, Unit.Exchange).Add(new CombineSums { Address = 0, Count = 0 });
        machine.Stream(1, Unit.Matrix).Add(new MultiplyWeights(Unit.Matrix) { Rows = 16, Tokens = 1, Columns = 16 });
        machine.Weights(0, new byte[5 * TestMachine.Page]);
        CompilationException e = Assert.Throws<CompilationException>(() => machine.Run());
        Assert.All(e.Diagnostics, d => Assert.Equal(Codes.ProgramInvalid, d.Code));
        Assert.Equal(
            [
                "core 0, ld 0: ld.weights: the ld unit waits for 64 bytes of space in the weight ring of channel 0",
                "core 0, st 0: sync (layers.0.k): the st unit waits for a token from ld, misc",
                "core 0, mv 0: mv.value: the mv unit waits for a row of 16 bytes in the KV ring of channel 0, which has 0 bytes",
                "core 1, mm 0: mm.linear: the mm unit waits for a whole tile in the weight ring of channel 1, which has 0 bytes",
                "core 1, xch 0: xch.sum: the xch unit waits for the exchange of core 0",
            ],
            e.Diagnostics.Select(d => $"{d.Location}: {d.Message.Replace("deadlock: nothing can move, and ", "", StringComparison.Ordinal)}"));
    }

    [Fact]
    public void Tokens_and_cache_rows_left_over_are_found()
    {
        using TestMachine machine = new(1);
        machine.Stream(0, Unit.Load).Add(new LoadCache { Address = TestMachine.Cache, Bytes = 16, Rows = 3, Release = Units.Matrix | Units.Misc });
        CompilationException e = Assert.Throws<CompilationException>(() => machine.Run());
        Assert.Equal(
            [
                "the step ends, and the mm unit has not taken 1 tokens from ld",
                "the step ends, and the misc unit has not taken 1 tokens from ld",
                "the step ends with 48 bytes in the KV ring of channel 0",
            ],
            e.Diagnostics.Select(d => d.Message));
        Assert.Equal(48, machine.Traffic.Channels[0].Cache);
    }

    [Fact]
    public void Accesses_beyond_scratch_are_refused_with_their_place()
    {
        using TestMachine machine = new(1) { ScratchBytes = 1024 };
        machine.Chain(0, (Unit.Misc, new ActivateRows { Source = 0, Count = 1, Tokens = 1, Out = 1022, Provenance = "layers.1.act" }));
        CompilationException e = Assert.Throws<CompilationException>(() => machine.Run());
        Assert.Equal("core 0, misc 0: misc.activate (layers.1.act)", e.Diagnostics[0].Location);
        Assert.Contains("4 bytes at 1022 of a scratch of 1024", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Accesses_beyond_memory_and_fields_below_0_are_refused_with_their_place()
    {
        Refused("outside its memory map", new LoadTable { Address = 1 << 20, Bytes = 4, Rows = 1 });
        Refused("outside its memory map", new LoadCache { Address = TestMachine.Cache + 4090, Bytes = 16, Rows = 1 });
        Refused("the field 'rows' evaluates to -1", new LoadTable { Rows = new Operand(-1) });
        Refused("results do not fit a scratch", Unit.Matrix, new MultiplyWeights(Unit.Matrix) { Rows = 1 << 20, Tokens = 1 << 14 });
        Refused("cannot execute ld.table", Unit.Misc, new LoadTable());
    }

    [Fact]
    public void A_core_is_not_done_before_its_units_are()
    {
        using TestMachine machine = new(1);
        machine.Stream(0, Unit.System).Add(new EndProgram());
        machine.Stream(0, Unit.Misc).Add(new Synchronize());
        machine.Stream(0, Unit.Misc).Add(new Synchronize());
        CompilationException e = Assert.Throws<CompilationException>(() => machine.Run());
        Assert.Contains("done before its misc unit is", e.Message, StringComparison.Ordinal);
        machine.Stream(0, Unit.Misc)[1].Release = Units.System;
        machine.Stream(0, Unit.System)[0].Wait = Units.Misc;
        _ = machine.Run();
    }

    [Fact]
    public void A_step_beyond_the_programs_limits_is_refused()
    {
        using TestMachine machine = new(1);
        Assert.Equal(Codes.ContextExceeded, Assert.Throws<CompilationException>(() => machine.Run(past: 250, tokens: 7)).Diagnostics[0].Code);
        Assert.Equal(Codes.ContextExceeded, Assert.Throws<CompilationException>(() => machine.Run(tokens: 33)).Diagnostics[0].Code);
        Assert.Equal(Codes.ContextExceeded, Assert.Throws<CompilationException>(() => machine.Run(tokens: 1, from: 2)).Diagnostics[0].Code);
        _ = machine.Run(past: 250, tokens: 6, from: 6);
    }

    [Fact]
    public void Scratch_does_not_survive_a_step()
    {
        using TestMachine machine = new(1);
        machine.Load(0, 0, 1f);
        _ = machine.Run();
        machine.NextProgram();
        machine.Store(0, 0, 4);
        Assert.True(float.IsNaN(TestMachine.As<float>(machine.Run(), 1)[0]));
    }

    [Fact]
    public void The_trace_names_every_instruction_as_it_starts()
    {
        using TestMachine machine = new(1);
        List<TraceEvent> trace = [];
        machine.Trace = trace.Add;
        machine.Load(0, 0, 1f);
        machine.Load(0, 4, 1f);
        machine.Store(0, 0, 4);
        _ = machine.Run(IssueOrder.LoadsLast());
        Assert.Equal(
            [new(0, Unit.Load, 0, "ld.table"), new(0, Unit.Load, 1, "ld.table"), new TraceEvent(0, Unit.Store, 0, "st.rows")], trace);
    }

    [Fact]
    public void Symbols_report_their_slices_with_positions_in_the_sequence()
    {
        using TestMachine machine = new(1);
        machine.Load(0, 0, [.. Enumerable.Range(0, 64).Select(i => (float)i)]);
        machine.Load(0, 256, (sbyte)1, (sbyte)-2, (sbyte)3, (sbyte)4);
        machine.Symbols.Add(new Symbol("x", SymbolForm.Values, 0, Unit.Load, 0, 0, 8, 10, 2));
        machine.Symbols.Add(new Symbol("wanted", SymbolForm.Scales, 0, Unit.Load, 0, 40, 8, 0, 1, OnlyWanted: true));
        machine.Symbols.Add(new Symbol("gate", SymbolForm.AlternateBlocks, 0, Unit.Load, 0, 0, 4, 5, 18));
        machine.Symbols.Add(new Symbol("codes", SymbolForm.Codes, 0, Unit.Load, 1, 256, 2, 0, 2));
        Recorder recorder = new();
        _ = machine.Run(past: 7, tokens: 2, from: 1, observer: recorder);
        Assert.Equal(
            [
                "x 7 10: 0 1", "x 8 10: 2 3", "wanted 8 0: 10", "gate 7 5: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15", "gate 7 21: 32 33",
                "gate 8 5: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "gate 8 21: 33 34", "codes 7 0: 1 -2", "codes 8 0: 3 4",
            ],
            recorder.Lines);
    }

    private static void Refused(string message, params Instruction[] load) => Refused(message, Unit.Load, load);

    private static void Refused(string message, Unit unit, params Instruction[] instructions)
    {
        using TestMachine machine = new(1);
        machine.Stream(0, unit).AddRange(instructions);
        CompilationException e = Assert.Throws<CompilationException>(() => machine.Run());
        Assert.Equal(Codes.ProgramInvalid, e.Diagnostics[0].Code);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    private sealed class Recorder : IActivationObserver
    {
        public List<string> Lines { get; } = [];

        public void OnValues(string name, int token, int first, ReadOnlySpan<float> values) => Add(name, token, first, values);

        public void OnCodes(string name, int token, int first, ReadOnlySpan<sbyte> codes) => Add(name, token, first, codes);

        public void OnScales(string name, int token, int first, ReadOnlySpan<float> scales) => Add(name, token, first, scales);

        private void Add<T>(string name, int token, int first, ReadOnlySpan<T> values) =>
            Lines.Add($"{name} {token} {first}: {string.Join(' ', values.ToArray())}");
    }
}
