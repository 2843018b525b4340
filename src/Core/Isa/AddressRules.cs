using Flightc.IR;

namespace Flightc.Isa;

/// <summary>Rules on fields and addresses: see <see cref="ProgramVerifier"/>.</summary>
internal sealed class AddressRules(VerifierReport report, EntryPoint entry)
{
    private readonly MachineProgram _program = report.Program;
    private readonly List<Access> _accesses = [];

    // Instructions without terms, already checked: they do the same in every step.
    private readonly HashSet<Instruction> _constants = new(ReferenceEqualityComparer.Instance);

    /// <summary>Checks all instructions for one step, loops at their first and last index.</summary>
    /// <param name="streams">The entry's streams, prepared.</param>
    /// <param name="step">The step, for messages.</param>
    /// <param name="sources">Values of registers.</param>
    public void Check(PreparedStream[][] streams, StepLengths step, long[] sources)
    {
        for (int core = 0; core < streams.Length; core++)
        {
            InstructionAccess access = new(_program, core);
            for (int unit = 0; unit < InstructionSet.UnitCount; unit++)
            {
                Walk(
                    new Place(core, (Unit)unit, streams[core][unit], access, step), 0,
                    streams[core][unit].Length, 0, [.. sources]);
            }
        }
    }

    private readonly record struct Place(
        int Core, Unit Unit, PreparedStream Stream, InstructionAccess Access, StepLengths Step);

    private void Walk(in Place place, int from, int to, int depth, long[] sources)
    {
        for (int i = from; i < to && !report.IsFull; i++)
        {
            ref readonly PreparedInstruction instruction = ref place.Stream[i];
            Check(place, i, instruction, sources);
            if (instruction.Instruction is BeginLoop loop)
            {
                // Fields are affine, so that what holds at both ends of a loop holds between them.
                long count = Evaluate(loop.Count, sources);
                for (long index = 0; index < count; index = index == 0 && count > 1 ? count - 1 : count)
                {
                    sources[Source.FirstLoop + depth] = index;
                    Walk(place, i + 1, instruction.Partner, depth + 1, sources);
                }

                sources[Source.FirstLoop + depth] = 0;
                i = instruction.Partner;
            }
        }
    }

    private static long Evaluate(Operand operand, long[] sources)
    {
        try
        {
            return operand.Evaluate(sources);
        }
        catch (OverflowException)
        {
            return -1;
        }
    }

    private void Check(in Place place, int index, in PreparedInstruction prepared, long[] sources)
    {
        if (prepared.IsConstant && !_constants.Add(prepared.Instruction))
        {
            return;
        }

        string? fault = Fault(place, prepared, sources);
        if (fault is not null)
        {
            report.Error(
                entry, place.Core, place.Unit, index,
                $"'{prepared.Instruction.Mnemonic}' at {place.Step}: {fault}");
        }
    }

    private string? Fault(in Place place, in PreparedInstruction prepared, long[] sources)
    {
        foreach (InstructionField field in prepared.Fields)
        {
            long value = Evaluate(field.Value, sources);
            if (value < 0 || value >> field.Bits != 0)
            {
                return $"field '{field.Name}' is {value}; it is from 0 to {(1L << field.Bits) - 1}";
            }
        }

        Instruction resolved = prepared.IsConstant ? prepared.Instruction : prepared.Instruction.Resolve(sources);
        if (ValueFault(place.Core, place.Unit, resolved) is { } fault)
        {
            return fault;
        }

        _accesses.Clear();
        place.Access.List(resolved, _accesses);
        foreach (Access access in _accesses)
        {
            if (AccessFault(resolved, access) is { } accessFault)
            {
                return accessFault;
            }
        }

        return null;
    }

    private string? ValueFault(int core, Unit unit, Instruction resolved) => resolved switch
    {
        MultiplyWeights i when unit == Unit.Vector && i.Tokens.Constant > 1 => OneToken(i.Tokens),
        MultiplyKeys i when unit == Unit.Vector && i.Tokens.Constant > 1 => OneToken(i.Tokens),
        MultiplyValues i when unit == Unit.Vector && i.Tokens.Constant > 1 => OneToken(i.Tokens),
        MultiplyKeys i =>
            SlotFault(
                core, i.Rotation.Constant, i.Past.Constant, i.Tokens.Constant, i.Rows.Constant,
                i.Slots.Constant, i.Local.Constant == 1),
        MultiplyValues i =>
            SlotFault(
                core, i.Rotation.Constant, i.Past.Constant, i.Tokens.Constant, i.Rows.Constant,
                i.Slots.Constant, i.Local.Constant == 1),
        LoadCache i when i.Heads.Constant > 0 && i.Rows.Constant > 0 && i.Bytes.Constant is var bytes
            && (bytes == 0 || bytes > _program.Geometry.CacheRingBytes) =>
            $"a row of {bytes} bytes does not go through a KV ring of {_program.Geometry.CacheRingBytes}",
        DequantizeRows i when i.Count.Constant > 0
            && (i.Group.Constant == 0 || i.First.Constant + i.Count.Constant > i.Columns.Constant) =>
            $"columns {i.First} to {i.First.Constant + i.Count.Constant} of {i.Columns} in groups of {i.Group} do not exist",
        DequantizeRows i when i.Count.Constant > 0 && i.Bits.Constant is < 2 or > 8 =>
            $"codes of {i.Bits} bits do not exist; they have 2 to 8",
        DequantizeRows i when !float.IsFinite(Single(i.Scale)) => $"'scale' is {i.Scale}, which are not the bits of a finite number",
        QuantizeHeads i when i.Rotated.Constant > i.HeadDim.Constant || i.Rotated.Constant % 2 != 0 =>
            $"of heads of {i.HeadDim} elements {i.Rotated} cannot be rotated; an even number up to the size of a head can",
        Exponentiate i when i.Cap.Constant != 0 && !IsBound(i.Cap) => BoundFault("cap", i.Cap),
        ActivateRows i => ActivationFault(i) ?? UpdateFault(i.IsInPlace, i.Count.Constant, i.Tokens, i.OutStride),
        AddRows i => UpdateFault(true, i.Count.Constant, i.Tokens, i.OutStride),
        NormalizeRows i when !(Single(i.Epsilon) is >= 0 and < float.PositiveInfinity) =>
            $"'epsilon' is {i.Epsilon}, which are not the bits of a finite number from 0 on",
        NormalizeRows i => UpdateFault(i.IsInPlace, i.Heads.Constant * i.Count.Constant, i.Tokens, i.OutStride),
        LoadIndexed i when i.Rows.Constant > 0 && (i.Index.Constant < _program.Memory.IdsAddress || i.Index.Constant + (4 * i.Rows.Constant) > EndOfIds) =>
            "indices must be the step's token ids: only they are known to lie within the table",
        _ => null,
    };

    /// <summary>
    /// Slots must hold all tokens, and the rows off the ring all past ones, in every channel of the core.
    /// </summary>
    private string? SlotFault(int core, long rotation, long past, long tokens, long rows, long slots, bool isLocal)
    {
        ChannelRange own = isLocal ? new(0, _program.Geometry.Cores[core].Count) : _program.Geometry.Cores[core];
        long channels = isLocal ? own.Count : _program.Geometry.Channels;
        for (int channel = own.First; channel < own.First + own.Count; channel++)
        {
            long first = (((channel - rotation) % channels) + channels) % channels;
            long pastRows = (Math.Max(0, past - first) + channels - 1) / channels;
            long allRows = (Math.Max(0, past + tokens - first) + channels - 1) / channels;
            if (rows < pastRows || slots < Math.Max(rows, allRows))
            {
                return $"{rows} rows and {slots} rows of slots; channel {channel} has {pastRows} rows of past tokens, {allRows} of all";
            }
        }

        return null;
    }

    private static string? ActivationFault(ActivateRows i) => (i.Function.Constant, i.Value.Constant) switch
    {
        (ActivateRows.Cap, _) when i.Gated.Constant == 1 => "'cap' has no gated form",
        (ActivateRows.Cap, _) => IsBound(i.Value) ? null : BoundFault("value", i.Value),
        (var function, _) when !Enum.IsDefined((ActivationFunction)function) => $"no function has the number {function}",
        (_, not 0) => $"'value' is {i.Value}; it is 0 save for 'cap'",
        _ => null,
    };

    // What is updated in place and belongs to two tokens would be updated twice, in an order that nobody knows.
    private static string? UpdateFault(bool isInPlace, long count, Operand tokens, Operand stride) =>
        isInPlace && tokens.Constant > 1 && stride.Constant < sizeof(float) * count
            ? $"rows of {count} elements {stride} bytes apart overlap, and are updated in place"
            : null;

    private static bool IsBound(Operand bits) => Single(bits) is > 0 and < float.PositiveInfinity;

    private static string BoundFault(string field, Operand bits) =>
        $"'{field}' is {bits}, which are not the bits of a finite number above 0";

    private static float Single(Operand bits) => BitConverter.UInt32BitsToSingle((uint)bits.Constant);

    private static string OneToken(Operand tokens) => $"{tokens} tokens; 'mv' takes one";

    private long EndOfIds => _program.Memory.IdsAddress + (4L * _program.Memory.MaxTokens);

    private string? AccessFault(Instruction resolved, in Access access)
    {
        string what = $"'{access.Field}' {(access.IsWrite ? "writes" : "reads")} {access.Rows} × {access.Bytes} bytes from {access.Address} on";
        if (!access.IsAligned)
        {
            return $"{what}, {access.Stride} apart; both must be multiples of {access.Alignment}";
        }

        MemoryMap map = _program.Memory;
        return access.Space switch
        {
            MemorySpace.Scratch =>
                access.End <= _program.Geometry.ScratchBytes
                    ? null
                    : $"{what}; scratch has {_program.Geometry.ScratchBytes} bytes",
            MemorySpace.Channel => (resolved is LoadWeights
                ? Within(access, 0, map.WeightBytes)
                : Within(access, map.CacheAddress, map.CacheAddress + map.CacheBytes))
                ? null : $"{what} of channel {access.Index}, which is outside its {(resolved is LoadWeights ? "weights" : "KV cache")}",
            MemorySpace.Ddr =>
                Within(access, map.LogitsAddress, map.LogitsAddress + (map.LogitsPitch * map.MaxTokens))
                || (!access.IsWrite && (Within(access, 0, map.TableBytes) || Within(access, map.IdsAddress, EndOfIds)))
                ? null : $"{what} of DDR, which is outside {(access.IsWrite ? "the logits" : "tables, ids and logits")}",
        };
    }

    private static bool Within(in Access access, long first, long end) =>
        access.Address >= first && access.End <= end;
}
