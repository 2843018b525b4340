using Flightc.Diagnostics;

namespace Flightc.Isa;

/// <summary>Rules on geometry, memory map, registers and symbols: see <see cref="ProgramVerifier"/>.</summary>
internal static class MapRules
{
    public static void Check(VerifierReport report)
    {
        MachineProgram program = report.Program;
        Geometry(report, program.Geometry);
        Memory(report, program.Geometry, program.Memory);
        int[] numbers = [.. program.Registers.Select(r => r.Number)];
        report.Require(
            numbers.Distinct().Count() == numbers.Length
                && numbers.All(n => n is >= 0 and < Source.FirstLoop),
            "registers",
            $"a register's number is from 0 to {Source.FirstLoop - 1}, each once");
        report.Require(
            program.Entries.Count == 2 && program.Entries[0].Name == "decode"
                && program.Entries[1].Name == "prefill",
            "entries",
            $"a program has the entries decode and prefill, not {string.Join(", ", program.Entries.Select(e => $"'{e.Name}'"))}");
    }

    /// <summary>Whether every register has a value that hardware can hold; reports it otherwise.</summary>
    public static long[]? Registers(VerifierReport report, EntryPoint entry, StepLengths step)
    {
        try
        {
            long[] sources = report.Program.EvaluateRegisters(step.Past, step.Tokens, step.From);
            foreach (LengthRegister register in report.Program.Registers)
            {
                long value = sources[register.Number];
                if (value is < 0 or > ProgramLimits.Register)
                {
                    report.Error(
                        $"register R{register.Number}",
                        $"{entry.Name}, {step}: '{register.Expression}' is {value}; a register holds 0 to {ProgramLimits.Register}");
                    return null;
                }
            }

            return sources;
        }
        catch (CompilationException e)
        {
            report.Error("registers", e.Diagnostics[0].Message);
            return null;
        }
    }

    /// <summary>Symbols name instructions that exist, outside loops, and rows in scratch.</summary>
    public static void Symbols(VerifierReport report, EntryPoint entry)
    {
        foreach (Symbol symbol in entry.Symbols)
        {
            string place = $"{entry.Name}/symbol {symbol.Name}";
            IReadOnlyList<Instruction>? stream = symbol.Core >= 0 && symbol.Core < entry.Streams.Count
                && (int)symbol.Unit is >= 0 and < InstructionSet.UnitCount
                ? entry.Streams[symbol.Core][(int)symbol.Unit] : null;
            if (stream is null || symbol.Index < 0 || symbol.Index >= stream.Count)
            {
                report.Error(place, "it names an instruction that does not exist");
                continue;
            }

            int depth = stream.Take(symbol.Index).Sum(i => i is BeginLoop ? 1 : i is EndLoop ? -1 : 0);
            report.Require(depth == 0, place, "it names an instruction inside a loop");
            report.Require(
                symbol.Address >= 0 && symbol.Address < report.Program.Geometry.ScratchBytes, place,
                "its address lies outside scratch");
        }
    }

    private static void Geometry(VerifierReport report, Geometry geometry)
    {
        report.Require(
            geometry.Cores.Count is >= 1 and <= ProgramLimits.Cores, "geometry",
            $"a machine has 1 to {ProgramLimits.Cores} cores, not {geometry.Cores.Count}");
        long next = 0;
        foreach (ChannelRange core in geometry.Cores)
        {
            report.Require(
                core.First == next && core.Count >= 1, "geometry",
                "every core owns at least one channel; cores follow each other without gaps");
            next = core.First + (long)core.Count;
        }

        report.Require(
            next <= ProgramLimits.Channels, "geometry",
            $"a machine has at most {ProgramLimits.Channels} channels, not {next}");
        report.Require(
            new[] { geometry.ChannelBytes, geometry.DdrBytes, geometry.ScratchBytes }.All(
                b => b is >= 0 and <= ProgramLimits.Bytes),
            "geometry",
            $"a memory has at most {ProgramLimits.Bytes} bytes");
        report.Require(geometry.PageBytes >= 1, "geometry", "a page has at least one byte");
        report.Require(
            geometry.WeightRingBytes >= (long)geometry.PageBytes + ProgramLimits.TileBytes, "geometry",
            $"a weight ring of {geometry.WeightRingBytes} bytes holds no page of {geometry.PageBytes} beside an unfinished tile of {ProgramLimits.TileBytes}");
        report.Require(geometry.CacheRingBytes >= 0, "geometry", "a KV ring cannot have a negative size");
    }

    private static void Memory(VerifierReport report, Geometry geometry, MemoryMap map)
    {
        const string place = "memory map";
        report.Require(
            map.ContextLength >= 1 && map.MaxTokens >= 1 && map.VocabularySize >= 1 && map.Group >= 1, place,
            "context, largest step, vocabulary and group are at least 1");
        report.Require(
            new[] { map.IdsAddress, map.LogitsAddress, map.LogitsPitch, map.WeightBytes, map.CacheAddress, map.CacheBytes, map.TableBytes, map.ScoreSlots }
                .All(v => v is >= 0 and <= ProgramLimits.Bytes), place,
                $"addresses and sizes are from 0 to {ProgramLimits.Bytes}");
        report.Require(
            geometry.PageBytes < 1 || map.WeightBytes % geometry.PageBytes == 0, place,
            $"{map.WeightBytes} weight bytes are not whole pages of {geometry.PageBytes}");
        report.Require(
            map.CacheAddress >= map.WeightBytes && map.CacheAddress + map.CacheBytes <= geometry.ChannelBytes,
            place, "weights and KV cache overlap or exceed a channel");
        report.Require(
            map.IdsAddress % sizeof(uint) == 0 && map.LogitsAddress % sizeof(float) == 0
                && map.LogitsPitch % sizeof(float) == 0,
            place,
            "ids and logits are multiples of 4");
        report.Require(map.LogitsPitch >= sizeof(float) * (long)map.VocabularySize, place, "rows of logits overlap");
        Int128 end = map.LogitsAddress + ((Int128)map.LogitsPitch * map.MaxTokens);
        report.Require(
            map.IdsAddress >= map.TableBytes
                && map.LogitsAddress >= map.IdsAddress + (sizeof(uint) * (long)map.MaxTokens)
                && end <= geometry.DdrBytes,
            place, "tables, ids and logits overlap or exceed DDR");
    }
}
