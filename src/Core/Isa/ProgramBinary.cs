using Flightc.Diagnostics;

namespace Flightc.Isa;

/// <summary>A program as bytes: what a card loads, and apart from it what people debug with.</summary>
/// <remarks>
/// <code>
/// program   "FLPR", ISA version (text), geometry, memory map, registers; for every entry its name and
///           the words of every stream (by core, then by unit); padding to a word; then all words.
/// symbols   "FLSY", string table, then per entry: per instruction the number of its provenance, and symbols.
/// </code>
/// Numbers are in groups of seven bits, strings are counted UTF-8; words are little-endian. A program has one
/// form only.
/// </remarks>
public static class ProgramBinary
{
    private static ReadOnlySpan<byte> ProgramMagic => "FLPR"u8;

    /// <summary>
    /// The program section: everything that a device needs. Its length is what counts as program bytes.
    /// </summary>
    /// <exception cref="CompilationException">A value does not fit its field, or streams are missing
    /// (FLC4001).</exception>
    public static byte[] Write(MachineProgram program)
    {
        SectionWriter writer = new();
        writer.Raw(ProgramMagic);
        writer.Text(MachineProgram.IsaVersion);
        WriteGeometry(writer, program.Geometry);
        WriteMemory(writer, program.Memory);
        writer.Number(program.Registers.Count);
        foreach (LengthRegister register in program.Registers)
        {
            writer.Number(register.Number);
            writer.Text(register.Name);
            writer.Text(register.Expression);
        }

        List<uint[]> streams = [];
        writer.Number(program.Entries.Count);
        foreach (EntryPoint entry in program.Entries)
        {
            RequireStreams(program, entry);
            writer.Text(entry.Name);
            foreach (IReadOnlyList<Instruction> stream in entry.Streams.SelectMany(core => core))
            {
                uint[] words = InstructionEncoding.Encode(stream);
                writer.Number(words.Length);
                streams.Add(words);
            }
        }

        writer.Align();
        foreach (uint[] words in streams)
        {
            foreach (uint word in words)
            {
                writer.Word(word);
            }
        }

        return writer.ToArray();
    }

    /// <summary>The program of a program section, without symbols and provenance. The bytes may be hostile.</summary>
    /// <exception cref="CompilationException">
    /// It is not a program section (FLC4003), of another ISA version (FLC4004), damaged (FLC4005) or has
    /// words that are no instructions (FLC4002).
    /// </exception>
    public static MachineProgram Read(ReadOnlySpan<byte> bytes)
    {
        SectionReader reader = new(bytes, "program");
        if (reader.Remaining < ProgramMagic.Length || !reader.Raw(ProgramMagic.Length).SequenceEqual(ProgramMagic))
        {
            throw new CompilationException(
                Codes.ImageForeign, "these bytes are not a flightc program: they do not begin with 'FLPR'");
        }

        string version = reader.Text("ISA version");
        if (version != MachineProgram.IsaVersion)
        {
            throw new CompilationException(
                Codes.ImageMismatch,
                $"the program is for instruction set '{version}'; this is '{MachineProgram.IsaVersion}'",
                help: "compile the model again");
        }

        Geometry geometry = ReadGeometry(ref reader);
        MemoryMap memory = ReadMemory(ref reader);
        LengthRegister[] registers = new LengthRegister[reader.Count(3, "number of registers")];
        for (int i = 0; i < registers.Length; i++)
        {
            registers[i] = new(
                (int)reader.Number(Source.FirstLoop - 1, "register number"), reader.Text("register name"),
                reader.Text("length expression"));
        }

        int streams = geometry.Cores.Count * InstructionSet.UnitCount;
        string[] names = new string[reader.Count(1 + streams, "number of entries")];
        int[][] lengths = new int[names.Length][];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = reader.Text("entry name");
            lengths[i] = new int[streams];
            for (int s = 0; s < streams; s++)
            {
                lengths[i][s] = reader.Count(sizeof(uint), "length of a stream");
            }
        }

        reader.Align();
        List<EntryPoint> entries = [];
        for (int i = 0; i < names.Length; i++)
        {
            entries.Add(new(names[i], ReadStreams(ref reader, lengths[i]), []));
        }

        reader.Check(reader.Remaining == 0, $"{reader.Remaining} bytes are left over");
        return new MachineProgram(geometry, memory, registers, entries);
    }

    /// <summary>The symbols section: symbols and provenance, for people and comparisons.</summary>
    public static byte[] WriteSymbols(MachineProgram program) => SymbolSection.Write(program);

    /// <summary>A program with the symbols and provenance of its symbols section. The bytes may be hostile.</summary>
    /// <param name="program">A program just read: its instructions get their provenance.</param>
    /// <param name="bytes">The section.</param>
    /// <exception cref="CompilationException">The section is damaged or that of another program (FLC4003,
    /// FLC4005).</exception>
    public static MachineProgram ReadSymbols(MachineProgram program, ReadOnlySpan<byte> bytes) =>
        SymbolSection.Read(program, bytes);

    /// <summary>Refuses an entry that lacks a stream.</summary>
    internal static void RequireStreams(MachineProgram program, EntryPoint entry)
    {
        if (entry.Streams.Count != program.Geometry.Cores.Count
            || entry.Streams.Any(core => core.Count != InstructionSet.UnitCount))
        {
            throw new CompilationException(
                Codes.ProgramInvalid,
                $"it must have {InstructionSet.UnitCount} streams, empty or not, for each of {program.Geometry.Cores.Count} cores",
                entry.Name);
        }
    }

    private static List<IReadOnlyList<Instruction>[]> ReadStreams(ref SectionReader reader, int[] lengths)
    {
        List<IReadOnlyList<Instruction>[]> cores = [];
        for (int first = 0; first < lengths.Length; first += InstructionSet.UnitCount)
        {
            IReadOnlyList<Instruction>[] units = new IReadOnlyList<Instruction>[InstructionSet.UnitCount];
            for (int unit = 0; unit < units.Length; unit++)
            {
                uint[] words = new uint[lengths[first + unit]];
                reader.Check(
                    words.Length <= reader.Remaining / sizeof(uint),
                    "the streams are longer than the section");
                for (int i = 0; i < words.Length; i++)
                {
                    words[i] = reader.Word();
                }

                units[unit] = InstructionEncoding.Decode(words);
            }

            cores.Add(units);
        }

        return cores;
    }

    private static void WriteGeometry(SectionWriter writer, Geometry geometry)
    {
        writer.Text(geometry.Target);
        writer.Number(geometry.Cores.Count);
        foreach (ChannelRange core in geometry.Cores)
        {
            writer.Number(core.First);
            writer.Number(core.Count);
        }

        foreach (long value in (ReadOnlySpan<long>)[
            geometry.ChannelBytes, geometry.DdrBytes, geometry.ScratchBytes, geometry.WeightRingBytes,
            geometry.CacheRingBytes, geometry.PageBytes])
        {
            writer.Number(value);
        }
    }

    private static Geometry ReadGeometry(ref SectionReader reader)
    {
        string target = reader.Text("target's name");
        ChannelRange[] cores = new ChannelRange[reader.Count(2, "number of cores")];
        for (int i = 0; i < cores.Length; i++)
        {
            cores[i] = new(
                (int)reader.Number(ProgramLimits.Channels, "first channel"),
                (int)reader.Number(ProgramLimits.Channels, "number of channels"));
        }

        reader.Check(
            cores.Length is > 0 and <= ProgramLimits.Cores,
            $"{cores.Length} cores; there can be 1 to {ProgramLimits.Cores}");
        return new Geometry(
            target, cores, reader.Number(ProgramLimits.Bytes, "capacity of a channel"),
            reader.Number(ProgramLimits.Bytes, "capacity of DDR"),
            reader.Number(ProgramLimits.Bytes, "scratch"), (int)reader.Number(int.MaxValue, "weight ring"),
            (int)reader.Number(int.MaxValue, "KV ring"), (int)reader.Number(int.MaxValue, "page"));
    }

    private static void WriteMemory(SectionWriter writer, MemoryMap memory)
    {
        foreach (long value in (ReadOnlySpan<long>)[
            memory.IdsAddress, memory.LogitsAddress, memory.LogitsPitch, memory.VocabularySize,
            memory.ContextLength, memory.MaxTokens,
            memory.WeightBytes, memory.CacheAddress, memory.CacheBytes, memory.TableBytes, memory.ScoreSlots,
            memory.Group, memory.IsLocal ? 1 : 0])
        {
            writer.Number(value);
        }
    }

    private static MemoryMap ReadMemory(ref SectionReader reader) => new(
        reader.Number(ProgramLimits.Bytes, "address of ids"), reader.Number(ProgramLimits.Bytes, "address of logits"),
        reader.Number(ProgramLimits.Bytes, "pitch of logits"), (int)reader.Number(int.MaxValue, "vocabulary"),
        (int)reader.Number(int.MaxValue, "context length"), (int)reader.Number(int.MaxValue, "largest step"),
        reader.Number(ProgramLimits.Bytes, "weight bytes"),
        reader.Number(ProgramLimits.Bytes, "address of the KV cache"),
        reader.Number(ProgramLimits.Bytes, "KV cache"), reader.Number(ProgramLimits.Bytes, "table bytes"),
        reader.Number(ProgramLimits.Bytes, "score slots"), (int)reader.Number(int.MaxValue, "group"),
        reader.Number(1, "place of heads") == 1);
}
