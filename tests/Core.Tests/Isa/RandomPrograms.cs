using Flightc.Isa;

namespace Flightc.Tests.Isa;

/// <summary>Seeded random instructions and programs: valid for codecs, without a sensible meaning.</summary>
internal sealed class RandomPrograms(int seed)
{
    private readonly Random _random = new(seed);

    public static IEnumerable<string> Mnemonics => InstructionSet.All.Select(i => i.Mnemonic);

    public Instruction Instruction(string mnemonic)
    {
        Instruction instruction = InstructionSet.Create(mnemonic)!;
        instruction.Wait = (Units)_random.Next(128);
        instruction.Release = (Units)_random.Next(128);
        instruction.Provenance = _random.Next(3) switch { 0 => "", 1 => $"layers.{_random.Next(40)}.attn.q", _ => " odd; \\ \"name\"\nwith=lines\u2028é " };
        int termsLeft = InstructionEncoding.MaxTerms;
        InstructionField.Assign(instruction, [.. InstructionField.Of(instruction).Select(field => Operand(field.Bits, ref termsLeft))]);
        return instruction;
    }

    public MachineProgram Program()
    {
        Geometry geometry = new("tiny \"2\"", [new(0, 2), new(2, 1)], Size(), Size(), Size(), 65536, 65536, 4096);
        MemoryMap memory = new(Size(), Size(), Size(), 512, 256, 16, Size(), Size(), Size(), Size(), Size(), 2);
        return new MachineProgram(
            geometry, memory, [new(0, "past", "past"), new(3, "a name", "ceildiv(past, 3) + 1")], [Entry("decode"), Entry("pre fill")]);
    }

    private EntryPoint Entry(string name)
    {
        string[] mnemonics = [.. Mnemonics];
        IReadOnlyList<IReadOnlyList<Instruction>>[] cores = new IReadOnlyList<IReadOnlyList<Instruction>>[2];
        for (int core = 0; core < cores.Length; core++)
        {
            cores[core] = [.. Enumerable.Range(0, 7).Select(_ => Enumerable.Range(0, 1 + _random.Next(6)).Select(_ => Instruction(mnemonics[_random.Next(mnemonics.Length)])).ToArray())];
        }

        Symbol[] symbols = [.. Enumerable.Range(0, _random.Next(4)).Select(i => new Symbol(
            i == 0 ? "x y" : $"layers.{i}.q", (SymbolForm)_random.Next(6), _random.Next(2), (Unit)_random.Next(7), 0, Size(), Size(), 3, 5, i == 2))];
        return new EntryPoint(name, cores, symbols);
    }

    private long Size() => _random.NextInt64(ProgramLimits.Bytes);

    private Operand Operand(int bits, ref int termsLeft)
    {
        AffineTerm[] terms = new AffineTerm[Math.Min(termsLeft, _random.Next(4))];
        termsLeft -= terms.Length;
        for (int i = 0; i < terms.Length; i++)
        {
            int coefficient = _random.Next(4) == 0 ? int.MinValue : _random.Next(int.MinValue, int.MaxValue) | 1;
            terms[i] = new AffineTerm(new Source(_random.Next(Source.Count)), coefficient);
        }

        long constant = _random.Next(4) switch { 0 => 0, 1 => (1L << bits) - 1, _ => _random.NextInt64(1L << bits) };
        return new Operand(constant, terms);
    }
}
