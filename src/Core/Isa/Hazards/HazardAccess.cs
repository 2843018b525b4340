namespace Flightc.Isa.Hazards;

/// <summary>
/// The accesses of the instructions of one core in one step, as the hazard proof needs them: those of
/// <see cref="InstructionAccess"/> with these differences.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Memory that no instruction may write (<see cref="AddressRules"/>) is left out: weights, and DDR other
/// than the logits. So is the KV cache where no byte is both read and written: <see cref="CacheTraffic"/>.</item>
/// <item>Which tokens of a step belong to a core's channels depends on <c>past</c>. An instruction that reads
/// those in scratch counts as reading all tokens of the step, so that no other <c>past</c> reads more.</item>
/// <item>A gather counts as writing the blocks of the other cores into the core's own scratch, not its own
/// into theirs: both happen in the same exchange.</item>
/// </list>
/// </remarks>
/// <param name="program">The program.</param>
/// <param name="core">The core.</param>
/// <param name="cache">Its accesses to the KV cache.</param>
/// <param name="ddr">The footprints in DDR, which all cores share.</param>
/// <param name="budget">What comparisons take from.</param>
internal sealed class HazardAccess(
    MachineProgram program, int core, CacheTraffic cache, FootprintMap ddr, WorkBudget budget)
{
    private readonly InstructionAccess _listed = new(program, core);
    private readonly FootprintMap _scratch = new(InstructionSet.UnitCount, budget);
    private readonly FootprintMap _channels = new(InstructionSet.UnitCount, budget);
    private readonly Dictionary<(int Shape, long Outer, long Inner), Use[]> _known = [];
    private readonly List<Access> _accesses = [];
    private readonly List<Use> _uses = [];
    private int _loads;
    private int _stores;

    /// <summary>The accesses of an instruction that starts; those of a shape are the same object.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="together">The instruction; for an exchange, those of all cores.</param>
    /// <param name="sources">By instruction: values of registers and loop indices.</param>
    /// <param name="areNew">Whether they have not been asked for before.</param>
    public Use[] Of(
        (int Shape, bool DependsOnLoops) shape, ReadOnlySpan<PreparedInstruction> together, ReadOnlySpan<long[]> sources,
        out bool areNew)
    {
        int own = together.Length == 1 ? 0 : core;
        (int, long, long) key = shape.DependsOnLoops
            ? (shape.Shape, sources[own][Source.FirstLoop], sources[own][Source.FirstLoop + 1])
            : (shape.Shape, 0, 0);
        areNew = !_known.TryGetValue(key, out Use[]? uses);
        if (uses is null)
        {
            _uses.Clear();
            List(together[own].Resolve(sources[own]));
            for (int other = 0; other < together.Length; other++)
            {
                if (other != own && together[other].Resolve(sources[other]) is Gather gather)
                {
                    Scratch(gather.Address, gather.Rows, gather.Stride, gather.Bytes.Constant, isWrite: true, "addr");
                }
            }

            uses = [.. _uses];
            _known.Add(key, uses);
        }

        return cache.Meet ? WithCache(together[own].Instruction, uses) : uses;
    }

    private Use[] WithCache(Instruction instruction, Use[] uses)
    {
        bool isWrite = instruction is StoreCache or StoreCacheScale;
        if (!isWrite && instruction is not LoadCache)
        {
            return uses;
        }

        int number = isWrite ? _stores++ : _loads++;
        return
        [
            .. uses,
            .. cache.Of(number, isWrite).Select(parts => new Use(_channels.Of(parts), MemorySpace.Channel, isWrite, "addr")),
        ];
    }

    private void List(Instruction resolved)
    {
        switch (resolved)
        {
            case LoadWeights or LoadCache { IsMasked: false } or Synchronize or EndProgram:
                return;
            case MultiplyKeys i:
                Scratch(i.Keys, i.Tokens, i.KeyStride, i.HeadDim.Constant, isWrite: false, "keys");
                Scratch(i.KeyScales, i.Tokens, i.ScaleStride, sizeof(float), isWrite: false, "keyscales");
                Scratch(i.ValueScales, i.Tokens, i.ScaleStride, sizeof(float), isWrite: false, "valuescales");
                break;
            case MultiplyValues i:
                Scratch(i.Codes, i.Tokens, i.Stride, i.HeadDim.Constant, isWrite: false, "values");
                break;
            case StoreCache i:
                Stored(i.Source, i.Tokens, i.Stride, i.Bytes.Constant, i.Heads, i.HeadStride);
                return;
            case StoreCacheScale i:
                Stored(i.Source, i.Tokens, i.Stride, sizeof(float), i.Heads, i.HeadStride);
                return;
        }

        _accesses.Clear();
        _listed.List(resolved, _accesses);
        foreach (Access access in _accesses)
        {
            ByteRows rows = ByteRows.Of(0, access.Address, access.Rows, access.Stride, access.Bytes);
            if (access.Space == MemorySpace.Scratch && access.Index == core && !IsOfEveryToken(resolved, access))
            {
                bool isSum = access.Field == "out" && resolved is MultiplyWeights { Add.Constant: 1 } or AddRows;
                _uses.Add(new(_scratch.Of([rows]), access.Space, access.IsWrite, access.Field, isSum));
            }
            else if (access.Space == MemorySpace.Ddr && access.End > program.Memory.LogitsAddress)
            {
                _uses.Add(new(ddr.Of([rows]), access.Space, access.IsWrite, access.Field));
            }
        }
    }

    private static bool IsOfEveryToken(Instruction resolved, in Access access) => !access.IsWrite && resolved switch
    {
        MultiplyKeys => access.Field is "keys" or "keyscales" or "valuescales",
        MultiplyValues => access.Field == "values",
        _ => false,
    };

    private void Stored(Operand source, Operand tokens, Operand stride, long bytes, Operand heads, Operand headStride)
    {
        for (long head = 0; head < heads.Constant; head++)
        {
            Scratch(source.Constant + (head * headStride.Constant), tokens, stride, bytes, isWrite: false, "src");
        }
    }

    private void Scratch(Operand address, Operand rows, Operand stride, long bytes, bool isWrite, string field)
    {
        if (rows.Constant > 0 && bytes > 0)
        {
            ByteRows set = ByteRows.Of(0, address.Constant, rows.Constant, stride.Constant, bytes);
            _uses.Add(new(_scratch.Of([set]), MemorySpace.Scratch, isWrite, field));
        }
    }
}
