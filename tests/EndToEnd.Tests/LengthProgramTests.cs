using Flightc.Backend.Lengths;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests;

/// <summary>Programs made for single lengths, or for buckets of them, out of the one for all.</summary>
public sealed class LengthProgramTests
{
    private const int PromptTokens = 11;
    private const int Steps = 20;

    private static readonly Geometry Tiny = new("tiny", [new(0, 3), new(3, 2)], 16L << 20, 1L << 30, 256 << 10, 8 << 10, 4 << 10, 1024);

    [Theory]
    [InlineData(LengthPlan.Bucketed, false)]
    [InlineData(LengthPlan.Bucketed, true)]
    [InlineData(LengthPlan.Naive, false)]
    [InlineData(LengthPlan.Naive, true)]
    public void The_programs_of_a_plan_compute_what_the_program_for_all_lengths_computes(LengthPlan plan, bool isEmulated)
    {
        using CompiledModel model = New();
        Assert.Equal(Logits(model, LengthPlan.Registers, isEmulated), Logits(model, plan, isEmulated));
    }

    [Theory]
    [InlineData(LengthPlan.Bucketed)]
    [InlineData(LengthPlan.Naive)]
    public void A_step_takes_as_many_bytes_as_are_counted_without_making_it(LengthPlan plan)
    {
        using CompiledModel model = New();
        LengthPrograms programs = new(model.Program);
        foreach (PlannedStep step in (PlannedStep[])
            [programs.Decode(plan, 0), programs.Decode(plan, 77), programs.Prefill(plan, 0, 1), programs.Prefill(plan, 8, 5), programs.Prefill(plan, 8, 90)])
        {
            EntryPoint entry = programs.ProgramFor(plan, step).Entries.Single();
            Assert.DoesNotContain(entry.Streams.SelectMany(c => c).SelectMany(s => s), i => i is BeginLoop or EndLoop);
            Assert.Equal(Bytes(entry), programs.BytesFor(plan, step));
        }
    }

    [Fact]
    public void Loops_that_run_as_often_as_a_register_says_are_counted_for_every_length()
    {
        // A loop around the stream's own: its count differs from length to length.
        using CompiledModel model = New();
        MachineProgram program = ProgramBinary.Read(ProgramBinary.Write(model.Program));
        List<Instruction> stores = (List<Instruction>)program.Decode.Streams[0][(int)Unit.Store];
        LengthRegister rows = program.Registers.First(r => r.Name.StartsWith("rows.", StringComparison.Ordinal));
        stores.InsertRange(0, [new BeginLoop { Count = Source.Register(rows.Number) }, new Synchronize(), new EndLoop()]);
        LengthPrograms programs = new(program);
        long[] pasts = [0, 4, 5, 6, 500];
        long[] sizes = [.. pasts.Select(past => Check(programs.Decode(LengthPlan.Naive, past)))];

        // A synchronisation is a word.
        Assert.Equal(pasts.Select(past => sizeof(uint) * program.EvaluateRegisters(past, 1, 0)[rows.Number]), sizes.Select(s => s - sizes[0]));
        Assert.True(sizes[^1] > sizes[0]);
        Assert.Throws<InvalidOperationException>(() => Specializer.Specialize(program.Decode, new long?[Source.Count]));

        long Check(PlannedStep step)
        {
            long bytes = programs.BytesFor(LengthPlan.Naive, step);
            Assert.Equal(Bytes(programs.ProgramFor(LengthPlan.Naive, step).Entries.Single()), bytes);
            return bytes;
        }
    }

    [Fact]
    public void Plans_are_summed_over_every_length()
    {
        using CompiledModel model = New();
        LengthPrograms programs = new(model.Program);
        long context = model.Program.Memory.ContextLength;
        long decode = 0;
        long prompts = 0;
        for (long length = 1; length <= context; length++)
        {
            decode += programs.BytesFor(LengthPlan.Naive, programs.Decode(LengthPlan.Naive, length - 1));
            prompts += programs.Prompt(LengthPlan.Naive, length).Sum(step => programs.BytesFor(LengthPlan.Naive, step));
        }

        Assert.Equal(new PlanSize(2 * context, decode + prompts), programs.SizeOf(LengthPlan.Naive));
        Assert.Equal(new PlanSize(1, ProgramBinary.Write(model.Program).Length), programs.SizeOf(LengthPlan.Registers));

        HashSet<PlannedStep> bucketed = [];
        for (long length = 1; length <= context; length++)
        {
            bucketed.Add(programs.Decode(LengthPlan.Bucketed, length - 1));
            bucketed.UnionWith(programs.Prompt(LengthPlan.Bucketed, length));
        }

        Assert.Equal(bucketed.Count, programs.SizeOf(LengthPlan.Bucketed).Programs);
        Assert.Equal(bucketed.Sum(step => programs.BytesFor(LengthPlan.Bucketed, step)), programs.SizeOf(LengthPlan.Bucketed).Bytes);
        Assert.Equal(bucketed, [.. programs.Steps(LengthPlan.Bucketed)]);
    }

    [Fact]
    public void Only_where_a_step_lies_is_left_to_registers_in_a_bucket()
    {
        using CompiledModel model = New();
        LengthPrograms programs = new(model.Program);
        Assert.Equal(["past", "from"], programs.ProgramFor(LengthPlan.Bucketed, programs.Decode(LengthPlan.Bucketed, 3)).Registers.Select(r => r.Name));
        Assert.Empty(programs.ProgramFor(LengthPlan.Naive, programs.Decode(LengthPlan.Naive, 3)).Registers);
        Assert.Equal(15, programs.Decode(LengthPlan.Bucketed, 0).Past);
        Assert.Equal(15, programs.Decode(LengthPlan.Bucketed, 15).Past);
        Assert.Equal(31, programs.Decode(LengthPlan.Bucketed, 16).Past);
        Assert.Equal(model.Program.Memory.MaxTokens, programs.Prefill(LengthPlan.Bucketed, 0, 1).Tokens);
    }

    [Fact]
    public void Symbols_name_the_same_instructions_as_before()
    {
        using CompiledModel model = New();
        LengthPrograms programs = new(model.Program);
        PlannedStep step = programs.Decode(LengthPlan.Naive, 40);
        EntryPoint made = programs.ProgramFor(LengthPlan.Naive, step).Entries.Single();
        Assert.Equal(Names(model.Program.Decode), Names(made));
        Assert.NotEmpty(made.Symbols);

        static IEnumerable<(string, int, string, string)> Names(EntryPoint entry) => entry.Symbols
            .Select(s => (s.Name, s.Core, entry.Streams[s.Core][(int)s.Unit][s.Index].Mnemonic, entry.Streams[s.Core][(int)s.Unit][s.Index].Provenance)).Order();
    }

    private static CompiledModel New() => new(
        TestData.Stories, Tiny, w => w.Name == "head.weight" ? new QuantizedFormat(8, 64) : new QuantizedFormat(4, 64), maxTokens: 8);

    private static long Bytes(EntryPoint entry) =>
        entry.Streams.SelectMany(core => core).Sum(stream => sizeof(uint) * (long)InstructionEncoding.Encode(stream).Length);

    // Logits of the prompt's last token, then of every decode step.
    private static List<float[]> Logits(CompiledModel model, LengthPlan plan, bool isEmulated)
    {
        LengthPrograms programs = new(model.Program);
        using DeviceMemory memory = model.NewMemory();
        List<float[]> logits = [];
        foreach (PlannedStep step in programs.Prompt(plan, PromptTokens))
        {
            int left = PromptTokens - (int)step.Past;
            bool isLast = left <= step.Tokens;
            Run(step, (int)step.Past, isLast ? left - 1 : (int)step.Tokens, isLast);
        }

        for (int past = PromptTokens; past < PromptTokens + Steps; past++)
        {
            Run(programs.Decode(plan, past), past, 0, true);
        }

        return logits;

        void Run(PlannedStep step, int past, int from, bool isWanted)
        {
            for (int i = 0; i < step.Tokens; i++)
            {
                memory.Ids[i] = past + i < PromptTokens + Steps ? (uint)((7 * (past + i)) + 3) % 500 : 0;
            }

            MachineProgram program = programs.ProgramFor(plan, step);
            using IDevice device = isEmulated
                ? new Emulator(program, memory, 1)
                : new InstructionInterpreter(program, memory, IssueOrder.RoundRobin());
            device.Run(step.In(program), new StepArguments(past, (int)step.Tokens, from));
            if (isWanted)
            {
                logits.Add(memory.Logits(0).ToArray());
            }
        }
    }
}
