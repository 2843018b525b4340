namespace Flightc.Isa;

/// <summary>Rules on the form of streams: see <see cref="ProgramVerifier"/>.</summary>
internal sealed class StreamRules(VerifierReport report, EntryPoint entry)
{
    private readonly HashSet<int> _registers = [.. report.Program.Registers.Select(r => r.Number)];

    /// <summary>Whether all rules hold, so that the program can be executed abstractly.</summary>
    public bool Check()
    {
        int before = report.Bag.Items.Count;
        if (entry.Streams.Count != report.Program.Geometry.Cores.Count
            || entry.Streams.Any(core => core.Count != InstructionSet.UnitCount))
        {
            report.Error(entry.Name, $"it must have {InstructionSet.UnitCount} streams, empty or not, for each core");
            return false;
        }

        for (int core = 0; core < entry.Streams.Count; core++)
        {
            for (int unit = 0; unit < InstructionSet.UnitCount; unit++)
            {
                Stream(core, (Unit)unit, entry.Streams[core][unit]);
            }

            System(core, entry.Streams[core][(int)Unit.System]);
            OneConsumer(core, "weight", i => i is MultiplyWeights);
            OneConsumer(core, "KV", i => i is MultiplyKeys or MultiplyValues);
            Exchanges(core);
        }

        return report.Bag.Items.Count == before;
    }

    private void Stream(int core, Unit unit, IReadOnlyList<Instruction> stream)
    {
        int depth = 0;
        for (int i = 0; i < stream.Count; i++)
        {
            Instruction instruction = stream[i];
            if ((InstructionSet.UnitOf(instruction) ?? unit) != unit)
            {
                report.Error(
                    entry, core, unit, i,
                    $"'{instruction.Mnemonic}' does not belong into the stream of '{InstructionSet.NameOf(unit)}'");
            }

            if (((instruction.Wait | instruction.Release) & (Units)(1 << (int)unit)) != 0)
            {
                report.Error(entry, core, unit, i, "a unit cannot wait for itself or give itself tokens");
            }

            if (instruction is BeginLoop or EndLoop && (instruction.Wait | instruction.Release) != Units.None)
            {
                report.Error(
                    entry, core, unit, i, $"'{instruction.Mnemonic}' waits for nothing and releases nothing");
            }

            depth -= instruction is EndLoop ? 1 : 0;
            if (depth < 0)
            {
                report.Error(entry, core, unit, i, "'endloop' without 'loop'");
                return;
            }

            Sources(core, unit, i, depth);
            depth += instruction is BeginLoop ? 1 : 0;
            if (depth > Source.LoopCount)
            {
                report.Error(entry, core, unit, i, $"loops nest deeper than {Source.LoopCount}");
                return;
            }
        }

        report.Require(depth == 0, VerifierReport.Place(entry, core, unit), "'loop' without 'endloop'");
    }

    private void Sources(int core, Unit unit, int index, int depth)
    {
        foreach (InstructionField field in InstructionField.Of(entry.Streams[core][(int)unit][index]))
        {
            foreach (AffineTerm term in field.Value.Terms)
            {
                int code = term.Source.Code;
                bool exists = code < Source.FirstLoop ? _registers.Contains(code) : code < Source.FirstLoop + depth;
                if (!exists)
                {
                    report.Error(
                        entry, core, unit, index,
                        $"field '{field.Name}' uses {term.Source}, which has no value here");
                }
            }
        }
    }

    private void System(int core, IReadOnlyList<Instruction> stream)
    {
        if (stream.Count(i => i is EndProgram) != 1 || stream[^1] is not EndProgram)
        {
            report.Error(
                VerifierReport.Place(entry, core, Unit.System),
                "the system stream must end with 'sys.end', and have no other");
        }
    }

    // With two consumers the order in which they pop would depend on timing, and no single trial could find
    // all deadlocks.
    private void OneConsumer(int core, string ring, Func<Instruction, bool> pops)
    {
        int matrix = FirstIndex(entry.Streams[core][(int)Unit.Matrix], pops);
        int vector = FirstIndex(entry.Streams[core][(int)Unit.Vector], pops);
        if (matrix >= 0 && vector >= 0)
        {
            report.Error(
                entry, core, Unit.Vector, vector,
                $"'mm' and 'mv' both pop the {ring} ring; in an entry one unit does");
        }
    }

    private static int FirstIndex(IReadOnlyList<Instruction> stream, Func<Instruction, bool> wanted)
    {
        for (int i = 0; i < stream.Count; i++)
        {
            if (wanted(stream[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private void Exchanges(int core)
    {
        List<Instruction> first = Collective(0);
        List<Instruction> own = Collective(core);
        string place = VerifierReport.Place(entry, core, Unit.Exchange);
        report.Require(
            first.Count == own.Count, place,
            $"it has {own.Count} exchanges and loops, that of core 0 {first.Count}");
        for (int i = 0; i < Math.Min(first.Count, own.Count); i++)
        {
            report.Require(
                first[i].Mnemonic == own[i].Mnemonic && CountOf(first[i]) == CountOf(own[i]), place,
                $"exchange or loop {i} is '{own[i].Mnemonic}' of {CountOf(own[i])}, that of core 0 '{first[i].Mnemonic}' of {CountOf(first[i])}");
        }
    }

    private List<Instruction> Collective(int core) =>
        [.. entry.Streams[core][(int)Unit.Exchange].Where(i => i is not Synchronize)];

    private static Operand CountOf(Instruction instruction) => instruction switch
    {
        BeginLoop i => i.Count,
        CombineMaxima i => i.Count,
        CombineSums i => i.Count,
        _ => 0,
    };
}
