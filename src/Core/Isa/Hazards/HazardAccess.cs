namespace Flightc.Isa.Hazards;

/// <summary>
/// The accesses of the instructions of one core in one step, as the hazard proof needs them: those of
/// <see cref="InstructionAccess"/> with these differences.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Memory that no instruction may write (<see cref="AddressRules"/>) is left out: weights, and DDR other
/// than the logits.</item>
/// <item>Which tokens of a step belong to a core's channels depends on <c>past</c>. An instruction that reads
/// those in scratch counts as reading all tokens of the step, so that no other <c>past</c> reads more.</item>
/// <item>A load of the KV cache counts as reading what products make use of: <see cref="CacheReads"/>.</item>
/// <item>A gather counts as writing the blocks of the other cores into the core's own scratch, not its own
/// into theirs: both happen in the same exchange.</item>
/// </list>
/// </remarks>
internal sealed class HazardAccess
{
    private readonly MachineProgram _program;
    private readonly int _core;
    private readonly InstructionAccess _listed;
    private readonly List<List<CacheRead>> _cacheReads;
    private readonly FootprintMap _scratch;
    private readonly FootprintMap _channels;
    private readonly FootprintMap _ddr;
    private readonly List<Access> _accesses = [];
    private readonly List<ByteRows> _parts = [];
    private int _cacheLoads;

    /// <summary>Prepares the accesses of a core.</summary>
    /// <param name="program">The program.</param>
    /// <param name="core">The core.</param>
    /// <param name="cacheReads">What its loads of the KV cache really read.</param>
    /// <param name="ddr">The footprints in DDR, which all cores share.</param>
    /// <param name="budget">What comparisons take from.</param>
    public HazardAccess(
        MachineProgram program, int core, List<List<CacheRead>> cacheReads, FootprintMap ddr, WorkBudget budget)
    {
        (_program, _core, _cacheReads, _ddr) = (program, core, cacheReads, ddr);
        _listed = new InstructionAccess(program, core);
        _scratch = new FootprintMap(InstructionSet.UnitCount, budget);
        _channels = new FootprintMap(InstructionSet.UnitCount, budget);
    }

    /// <summary>Adds the accesses of an instruction.</summary>
    /// <param name="resolved">The instruction, its fields evaluated.</param>
    /// <param name="gathered">For a gather those of the other cores, otherwise nothing.</param>
    /// <param name="uses">Where to add them.</param>
    public void List(Instruction resolved, IEnumerable<Gather> gathered, List<Use> uses)
    {
        switch (resolved)
        {
            case LoadWeights or Synchronize or EndProgram:
                return;
            case LoadCache load:
                ListCacheLoad(load, uses);
                return;
            case MultiplyKeys i:
                EveryToken(i.Keys, i.Tokens, i.KeyStride, i.HeadDim.Constant, "keys", uses);
                EveryToken(i.KeyScales, i.Tokens, i.ScaleStride, sizeof(float), "keyscales", uses);
                EveryToken(i.ValueScales, i.Tokens, i.ScaleStride, sizeof(float), "valuescales", uses);
                break;
            case MultiplyValues i:
                EveryToken(i.Codes, i.Tokens, i.Stride, i.HeadDim.Constant, "values", uses);
                break;
            case StoreCache i:
                EveryToken(i.Source, i.Tokens, i.Stride, i.Bytes.Constant, "src", uses);
                break;
            case StoreCacheScale i:
                EveryToken(i.Source, i.Tokens, i.Stride, sizeof(float), "src", uses);
                break;
        }

        _accesses.Clear();
        _listed.List(resolved, _accesses);
        ListAccesses(resolved, uses);
        foreach (Gather other in gathered)
        {
            if (other.Rows.Constant > 0 && other.Bytes.Constant > 0)
            {
                Add(
                    _scratch, MemorySpace.Scratch, isWrite: true, "addr", uses,
                    ByteRows.Of(0, other.Address.Constant, other.Rows.Constant, other.Stride.Constant, other.Bytes.Constant));
            }
        }
    }

    private void ListAccesses(Instruction resolved, List<Use> uses)
    {
        MemoryMap map = _program.Memory;
        _parts.Clear();
        string stored = "";
        foreach (Access access in _accesses)
        {
            ByteRows rows = ByteRows.Of(0, access.Address, access.Rows, access.Stride, access.Bytes);
            switch (access.Space)
            {
                case MemorySpace.Scratch when access.Index == _core && !IsOfEveryToken(resolved, access):
                    Add(_scratch, MemorySpace.Scratch, access.IsWrite, access.Field, uses, rows);
                    break;
                case MemorySpace.Channel:
                    // Only stores into the KV cache come here; they write one set of rows for each channel.
                    _parts.Add(rows with { Part = access.Index });
                    stored = access.Field;
                    break;
                case MemorySpace.Ddr when access.End > map.LogitsAddress:
                    Add(_ddr, MemorySpace.Ddr, access.IsWrite, access.Field, uses, rows);
                    break;
            }
        }

        if (_parts.Count > 0)
        {
            Add(_channels, MemorySpace.Channel, isWrite: true, stored, uses, [.. _parts]);
        }
    }

    private static bool IsOfEveryToken(Instruction resolved, in Access access) => resolved switch
    {
        MultiplyKeys => access.Field is "keys" or "keyscales" or "valuescales" && !access.IsWrite,
        MultiplyValues => access.Field == "values",
        StoreCache or StoreCacheScale => access.Field == "src",
        _ => false,
    };

    private void EveryToken(Operand address, Operand tokens, Operand stride, long bytes, string field, List<Use> uses)
    {
        if (tokens.Constant > 0 && bytes > 0)
        {
            Add(
                _scratch, MemorySpace.Scratch, isWrite: false, field, uses,
                ByteRows.Of(0, address.Constant, tokens.Constant, stride.Constant, bytes));
        }
    }

    private void ListCacheLoad(LoadCache load, List<Use> uses)
    {
        List<CacheRead> reads = _cacheLoads < _cacheReads.Count ? _cacheReads[_cacheLoads] : [];
        _cacheLoads++;
        ChannelRange own = _program.Geometry.Cores[_core];
        foreach (CacheRead read in reads)
        {
            _parts.Clear();
            for (int channel = own.First; channel < own.First + own.Count; channel++)
            {
                long live = CacheReads.PastRows(_program.Geometry, channel, read.Rotation, read.Past) - read.SlotRow;
                long bytes = Math.Min(live, read.Rows) * load.Bytes.Constant;
                if (bytes > 0)
                {
                    _parts.Add(new(channel, load.Address.Constant + (read.FirstRow * load.Bytes.Constant), 1, 0, bytes));
                }
            }

            if (_parts.Count > 0)
            {
                Add(_channels, MemorySpace.Channel, isWrite: false, "addr", uses, [.. _parts]);
            }
        }
    }

    private static void Add(
        FootprintMap map, MemorySpace space, bool isWrite, string field, List<Use> uses, params ByteRows[] parts) =>
        uses.Add(new(map.Of(parts), space, isWrite, field));
}
