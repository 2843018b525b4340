using Flightc.Diagnostics;

namespace Flightc.Isa;

/// <summary>Symbols and provenance as bytes: see <see cref="ProgramBinary"/>.</summary>
internal static class SymbolSection
{
    private static ReadOnlySpan<byte> Magic => "FLSY"u8;

    public static byte[] Write(MachineProgram program)
    {
        List<string> strings = [];
        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        SectionWriter body = new();
        body.Number(program.Entries.Count);
        foreach (EntryPoint entry in program.Entries)
        {
            ProgramBinary.RequireStreams(program, entry);
            foreach (IReadOnlyList<Instruction> stream in entry.Streams.SelectMany(core => core))
            {
                body.Number(stream.Count);
                foreach (Instruction instruction in stream)
                {
                    body.Number(NumberOf(instruction.Provenance));
                }
            }

            body.Number(entry.Symbols.Count);
            foreach (Symbol symbol in entry.Symbols)
            {
                foreach (long value in (ReadOnlySpan<long>)[
                    NumberOf(symbol.Name), (int)symbol.Form, symbol.Core, (int)symbol.Unit, symbol.Index,
                    symbol.Address, symbol.Stride,
                    symbol.First, symbol.Count, symbol.OnlyWanted ? 1 : 0])
                {
                    body.Number(value);
                }
            }
        }

        SectionWriter writer = new();
        writer.Raw(Magic);
        writer.Number(strings.Count);
        strings.ForEach(writer.Text);
        writer.Raw(body.ToArray());
        return writer.ToArray();

        int NumberOf(string text)
        {
            if (!numbers.TryGetValue(text, out int number))
            {
                number = strings.Count;
                numbers.Add(text, number);
                strings.Add(text);
            }

            return number;
        }
    }

    public static MachineProgram Read(MachineProgram program, ReadOnlySpan<byte> bytes)
    {
        SectionReader reader = new(bytes, "symbols");
        if (reader.Remaining < Magic.Length || !reader.Raw(Magic.Length).SequenceEqual(Magic))
        {
            throw new CompilationException(
                Codes.ImageForeign, "these bytes are not flightc symbols: they do not begin with 'FLSY'");
        }

        string[] strings = new string[reader.Count(1, "number of strings")];
        for (int i = 0; i < strings.Length; i++)
        {
            strings[i] = reader.Text("name");
        }

        long entryCount = reader.Number(int.MaxValue, "number of entries");
        reader.Check(
            entryCount == program.Entries.Count,
            $"the symbols are for {entryCount} entries, the program has {program.Entries.Count}");
        List<EntryPoint> entries = [];
        foreach (EntryPoint entry in program.Entries)
        {
            foreach (IReadOnlyList<Instruction> stream in entry.Streams.SelectMany(core => core))
            {
                long count = reader.Number(int.MaxValue, "number of instructions");
                reader.Check(
                    count == stream.Count,
                    $"the symbols are for a stream of {count} instructions, the program's has {stream.Count}");
                foreach (Instruction instruction in stream)
                {
                    instruction.Provenance = strings[reader.Number(strings.Length - 1L, "number of a name")];
                }
            }

            entries.Add(entry with { Symbols = ReadSymbols(ref reader, strings, program.Geometry, entry) });
        }

        reader.Check(reader.Remaining == 0, $"{reader.Remaining} bytes are left over");
        return program with { Entries = entries };
    }

    private static Symbol[] ReadSymbols(
        ref SectionReader reader, string[] strings, Geometry geometry, EntryPoint entry)
    {
        const int fields = 10;
        Symbol[] symbols = new Symbol[reader.Count(fields, "number of symbols")];
        for (int i = 0; i < symbols.Length; i++)
        {
            string name = strings[reader.Number(strings.Length - 1L, "number of a name")];
            SymbolForm form = (SymbolForm)reader.Number((long)SymbolForm.UnbiasedBlocks, "form of a symbol");
            int core = (int)reader.Number(geometry.Cores.Count - 1, "core of a symbol");
            Unit unit = (Unit)reader.Number(InstructionSet.UnitCount - 1, "unit of a symbol");
            int index = (int)reader.Number(entry.Streams[core][(int)unit].Count - 1L, "instruction of a symbol");
            symbols[i] = new(
                name, form, core, unit, index, reader.Number(ProgramLimits.Bytes, "address of a symbol"),
                reader.Number(ProgramLimits.Bytes, "stride of a symbol"),
                reader.Number(ProgramLimits.Bytes, "first element of a symbol"),
                reader.Number(ProgramLimits.Bytes, "size of a symbol"), reader.Number(1, "flag of a symbol") == 1);
        }

        return symbols;
    }
}
