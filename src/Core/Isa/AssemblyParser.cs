using System.Globalization;
using Flightc.Diagnostics;

namespace Flightc.Isa;

/// <summary>Reads the text form: see <see cref="Assembly"/>.</summary>
internal sealed class AssemblyParser(string text, string file)
{
    private readonly List<ChannelRange> _cores = [];
    private readonly List<LengthRegister> _registers = [];
    private readonly List<EntryPoint> _entries = [];
    private Geometry? _geometry;
    private MemoryMap? _memory;
    private List<Symbol> _symbols = [];
    private List<Instruction>[][] _streams = [];
    private List<Instruction>[]? _core;
    private List<Instruction>? _stream;
    private bool _hasVersion;

    public MachineProgram Parse()
    {
        int number = 0;
        foreach (Range range in text.AsSpan().Split('\n'))
        {
            AssemblyLine line = new(text[range].TrimEnd('\r'), file, ++number);
            if (line.Words.Count > 0)
            {
                Parse(line);
            }
        }

        if (_geometry is null || _memory is null)
        {
            throw new CompilationException(
                Codes.ProgramText,
                $"the text ends without a '{(_geometry is null ? "geometry" : "memory")}' line", file);
        }

        return new MachineProgram(_geometry with { Cores = _cores }, _memory, _registers, _entries);
    }

    public static Instruction Instruction(AssemblyLine line)
    {
        Instruction instruction = (line.Words.Count > 0 ? InstructionSet.Create(line.Words[0]) : null)
            ?? throw line.Error(
                0,
                line.Words.Count > 0
                    ? $"there is no instruction '{line.Words[0]}'"
                    : "an instruction is missing");
        instruction.Wait = UnitsOf(line, "wait");
        instruction.Release = UnitsOf(line, "release");
        instruction.Provenance = line.Comment;
        List<InstructionField> fields = InstructionField.Of(instruction);
        Operand[] values = new Operand[fields.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = line.Take(fields[i].Name) is { } pair ? OperandText.Parse(line, pair) : 0;
        }

        line.End(1, string.Join(", ", fields.Select(f => f.Name).Append("wait").Append("release")));
        InstructionField.Assign(instruction, values);
        return instruction;
    }

    private void Parse(AssemblyLine line)
    {
        if (!_hasVersion && line.Words[0] != "program")
        {
            throw line.Error(0, $"the first line must be 'program isa={MachineProgram.IsaVersion}'");
        }

        switch (line.Words[0])
        {
            case "program":
                Version(line);
                break;
            case "geometry" when _geometry is null:
                _geometry = GeometryOf(line);
                break;
            case "channels" when _entries.Count == 0:
                _cores.Add(
                    new(
                        (int)line.Number("first", ProgramLimits.Channels),
                        (int)line.Number("count", ProgramLimits.Channels)));
                line.End(1, "first, count");
                break;
            case "memory" when _memory is null:
                _memory = MemoryOf(line);
                break;
            case "register":
                _registers.Add(
                    new(
                        (int)line.Number("number", Source.FirstLoop - 1), line.Text("name"),
                        line.Text("value")));
                line.End(1, "number, name, value");
                break;
            case "entry":
                Entry(line);
                break;
            case "core" when _entries.Count > 0:
                Core(line);
                break;
            case "stream" when _core is not null:
                Unit unit = UnitOf(line, line.Words.Count == 2 ? line.Words[1] : "", 0);
                line.End(2, "nothing else");
                _stream = _core[(int)unit];
                break;
            case "symbol" when _entries.Count > 0:
                _symbols.Add(SymbolOf(line));
                break;
            case "geometry" or "memory" or "channels" or "core" or "stream" or "symbol":
                throw line.Error(
                    0,
                    $"'{line.Words[0]}' stands in the wrong place: one geometry, one memory, channels before entries, core and symbol in an entry, stream in a core");
            default:
                (_stream ?? throw line.Error(0, $"'{line.Words[0]}' stands outside a stream")).Add(Instruction(line));
                break;
        }
    }

    private void Version(AssemblyLine line)
    {
        string version = line.Text("isa");
        line.End(1, "isa");
        if (version != MachineProgram.IsaVersion)
        {
            throw line.Error(
                0, $"the program is for instruction set '{version}'; this is '{MachineProgram.IsaVersion}'");
        }

        _hasVersion = true;
    }

    private static Geometry GeometryOf(AssemblyLine line)
    {
        Geometry geometry = new(
            line.Text("target"), [], line.Number("channelbytes", ProgramLimits.Bytes),
            line.Number("ddrbytes", ProgramLimits.Bytes),
            line.Number("scratchbytes", ProgramLimits.Bytes), (int)line.Number("weightring", int.MaxValue),
            (int)line.Number("cachering", int.MaxValue), (int)line.Number("page", int.MaxValue));
        line.End(1, "target, channelbytes, ddrbytes, scratchbytes, weightring, cachering, page");
        return geometry;
    }

    private static MemoryMap MemoryOf(AssemblyLine line)
    {
        MemoryMap memory = new(
            line.Number("ids", ProgramLimits.Bytes), line.Number("logits", ProgramLimits.Bytes),
            line.Number("logitspitch", ProgramLimits.Bytes),
            (int)line.Number("vocabulary", int.MaxValue), (int)line.Number("context", int.MaxValue),
            (int)line.Number("maxtokens", int.MaxValue),
            line.Number("weightbytes", ProgramLimits.Bytes), line.Number("cache", ProgramLimits.Bytes),
            line.Number("cachebytes", ProgramLimits.Bytes),
            line.Number("tablebytes", ProgramLimits.Bytes), line.Number("scoreslots", ProgramLimits.Bytes),
            (int)line.Number("group", int.MaxValue),
            line.Take("local") is { } local && line.Number(local, 1) == 1);
        line.End(
            1,
            "ids, logits, logitspitch, vocabulary, context, maxtokens, weightbytes, cache, cachebytes, tablebytes, scoreslots, group, local");
        return memory;
    }

    private void Entry(AssemblyLine line)
    {
        if (_cores.Count is 0 or > ProgramLimits.Cores)
        {
            throw line.Error(
                0,
                $"before an entry there must be 1 to {ProgramLimits.Cores} 'channels' lines, not {_cores.Count}");
        }

        _streams = [.. _cores.Select(_ => NewCore())];
        _symbols = [];
        _core = null;
        _stream = null;
        _entries.Add(new(line.Text("name"), _streams, _symbols));
        line.End(1, "name");
    }

    private static List<Instruction>[] NewCore() =>
        [.. Enumerable.Range(0, InstructionSet.UnitCount).Select(_ => new List<Instruction>())];

    private void Core(AssemblyLine line)
    {
        if (line.Words.Count != 2
            || !int.TryParse(line.Words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int core)
            || core >= _streams.Length)
        {
            throw line.Error(0, $"'core' takes a number from 0 to {_streams.Length - 1}");
        }

        line.End(2, "nothing else");
        _core = _streams[core];
        _stream = null;
    }

    private Symbol SymbolOf(AssemblyLine line)
    {
        string name = line.Text("name");
        AssemblyLine.Pair form = line.Take("form") ?? throw line.Error(0, "'form=' is missing");
        int formIndex = Array.FindIndex(Enum.GetValues<SymbolForm>(), f => AssemblyPrinter.NameOf(f) == form.Value);
        if (formIndex < 0)
        {
            throw line.Error(
                form.ValueAt,
                $"there is no form '{form.Value}'; there are {string.Join(", ", Enum.GetValues<SymbolForm>().Select(AssemblyPrinter.NameOf))}");
        }

        int core = (int)line.Number("core", _streams.Length - 1);
        AssemblyLine.Pair unitPair = line.Take("unit") ?? throw line.Error(0, "'unit=' is missing");
        Unit unit = UnitOf(line, unitPair.Value, unitPair.ValueAt);
        Symbol symbol = new(
            name, (SymbolForm)formIndex, core, unit, (int)line.Number("index", _streams[core][(int)unit].Count - 1),
            line.Number("address", ProgramLimits.Bytes), line.Number("stride", ProgramLimits.Bytes),
            line.Number("first", ProgramLimits.Bytes),
            line.Number("count", ProgramLimits.Bytes),
            line.Take("onlywanted") is { } flag && line.Number(flag, 1) == 1);
        line.End(1, "name, form, core, unit, index, address, stride, first, count, onlywanted");
        return symbol;
    }

    private static Units UnitsOf(AssemblyLine line, string key)
    {
        Units units = Units.None;
        if (line.Take(key) is { } pair)
        {
            foreach (string name in pair.Value.Split(','))
            {
                units |= (Units)(1 << (int)UnitOf(line, name, pair.ValueAt));
            }
        }

        return units;
    }

    private static Unit UnitOf(AssemblyLine line, string name, int column) =>
        InstructionSet.UnitNamed(name) ?? throw line.Error(
            column,
            $"there is no unit '{name}'; there are {string.Join(", ", Enum.GetValues<Unit>().Select(InstructionSet.NameOf))}");
}
