using System.Globalization;
using System.Text;

namespace Flightc.Isa;

/// <summary>Writes the text form: see <see cref="Assembly"/>.</summary>
internal sealed class AssemblyPrinter
{
    private readonly StringBuilder _text = new();

    public string Print(MachineProgram program)
    {
        Geometry geometry = program.Geometry;
        MemoryMap memory = program.Memory;
        Line(0, $"program isa={MachineProgram.IsaVersion}");
        Line(
            0,
            $"geometry target={Quote(geometry.Target)} channelbytes={geometry.ChannelBytes} ddrbytes={geometry.DdrBytes} scratchbytes={geometry.ScratchBytes} weightring={geometry.WeightRingBytes} cachering={geometry.CacheRingBytes} page={geometry.PageBytes}");
        foreach (ChannelRange core in geometry.Cores)
        {
            Line(0, $"channels first={core.First} count={core.Count}");
        }

        Line(
            0,
            $"memory ids={memory.IdsAddress} logits={memory.LogitsAddress} logitspitch={memory.LogitsPitch} vocabulary={memory.VocabularySize} context={memory.ContextLength} maxtokens={memory.MaxTokens} weightbytes={memory.WeightBytes} cache={memory.CacheAddress} cachebytes={memory.CacheBytes} tablebytes={memory.TableBytes} scoreslots={memory.ScoreSlots} group={memory.Group}{(memory.IsLocal ? " local=1" : "")}");
        foreach (LengthRegister register in program.Registers)
        {
            Line(
                0,
                $"register number={register.Number} name={Quote(register.Name)} value={Quote(register.Expression)}");
        }

        foreach (EntryPoint entry in program.Entries)
        {
            ProgramBinary.RequireStreams(program, entry);
            Entry(entry);
        }

        return _text.ToString();
    }

    public static string Print(Instruction instruction)
    {
        StringBuilder line = new(instruction.Mnemonic);
        AppendUnits(line, " wait=", instruction.Wait);
        AppendUnits(line, " release=", instruction.Release);
        foreach (InstructionField field in InstructionField.Of(instruction))
        {
            if (field.Value != 0)
            {
                line.Append(' ').Append(field.Name).Append('=').Append(field.Value.ToString());
            }
        }

        if (instruction.Provenance.Length > 0)
        {
            line.Append(" ; ").Append(Escape(instruction.Provenance));
        }

        return line.ToString();
    }

    private void Entry(EntryPoint entry)
    {
        Line(0, $"entry name={Quote(entry.Name)}");
        for (int core = 0; core < entry.Streams.Count; core++)
        {
            Line(1, $"core {core}");
            for (int unit = 0; unit < entry.Streams[core].Count; unit++)
            {
                if (entry.Streams[core][unit].Count > 0)
                {
                    Line(2, $"stream {InstructionSet.NameOf((Unit)unit)}");
                    Stream(entry.Streams[core][unit]);
                }
            }
        }

        foreach (Symbol symbol in entry.Symbols)
        {
            string wanted = symbol.OnlyWanted ? " onlywanted=1" : "";
            string form = NameOf(symbol.Form);
            string unit = InstructionSet.NameOf(symbol.Unit);
            Line(
                1,
                $"symbol name={Quote(symbol.Name)} form={form} core={symbol.Core} unit={unit} index={symbol.Index} address={symbol.Address} stride={symbol.Stride} first={symbol.First} count={symbol.Count}{wanted}");
        }
    }

    private void Stream(IReadOnlyList<Instruction> stream)
    {
        int depth = 0;
        foreach (Instruction instruction in stream)
        {
            depth -= instruction is EndLoop && depth > 0 ? 1 : 0;
            Line(3 + depth, $"{Print(instruction)}");
            depth += instruction is BeginLoop ? 1 : 0;
        }
    }

    private void Line(int depth, FormattableString line) =>
        _text.Append(' ', 2 * depth).Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static void AppendUnits(StringBuilder line, string key, Units units)
    {
        if (units != Units.None)
        {
            line.Append(key).AppendJoin(',', InstructionSet.Members(units).Select(InstructionSet.NameOf));
        }
    }

    /// <summary>Name of a form in text.</summary>
    public static string NameOf(SymbolForm form) => form switch
    {
        SymbolForm.Values => "values",
        SymbolForm.AlternateBlocks => "blocks",
        SymbolForm.Codes => "codes",
        SymbolForm.Scales => "scales",
        SymbolForm.Unbiased => "unbiased",
        SymbolForm.UnbiasedBlocks => "unbiasedblocks",
    };

    private static string Quote(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/')
            ? text
            : $"\"{Escape(text).Replace("\"", "\\\"")}\"";

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\r", "\\r");
}
