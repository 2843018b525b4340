using Flightc.Diagnostics;

namespace Flightc.Isa;

/// <summary>Instructions as 32-bit words.</summary>
/// <remarks>
/// <code>
/// header   opcode [31:28], wait [27:21], release [20:14], mode [13:10], affine terms [9:4], 0 [3:0]
/// fields   constant parts as one bit stream, lowest bits first, in declared order, padded with 0 to a word
/// terms    two words each: field number [31:24], source [23:16], 0 [15:0]; signed coefficient, not 0
/// </code>
/// Terms stand in the order of their fields, and within a field in the order of the operand. Every
/// instruction has exactly one encoding: the decoder refuses all others, so that equal words and equal
/// instructions are the same thing.
/// </remarks>
public static class InstructionEncoding
{
    /// <summary>The most affine terms of one instruction.</summary>
    public const int MaxTerms = 63;

    private const int UnitMask = (1 << InstructionSet.UnitCount) - 1;

    /// <summary>The words of a stream.</summary>
    /// <exception cref="CompilationException">A constant does not fit its field, or there are too many terms
    /// (FLC4001).</exception>
    public static uint[] Encode(IReadOnlyList<Instruction> stream)
    {
        List<uint> words = [];
        foreach (Instruction instruction in stream)
        {
            Append(instruction, words);
        }

        return [.. words];
    }

    /// <summary>Appends the words of one instruction.</summary>
    /// <exception cref="CompilationException">A constant does not fit its field, or there are too many terms
    /// (FLC4001).</exception>
    public static void Append(Instruction instruction, List<uint> words)
    {
        List<InstructionField> fields = InstructionField.Of(instruction);
        int terms = 0;
        foreach (InstructionField field in fields)
        {
            terms += field.Value.Terms.Length;
            if (field.Value.Constant < 0 || field.Value.Constant >> field.Bits != 0)
            {
                throw Unencodable(
                    instruction,
                    $"field '{field.Name}' has the constant {field.Value.Constant}; it holds 0 to {(1L << field.Bits) - 1}");
            }
        }

        if (terms > MaxTerms)
        {
            throw Unencodable(instruction, $"it has {terms} affine terms; an instruction holds {MaxTerms}");
        }

        if (((int)instruction.Wait & ~UnitMask) != 0 || ((int)instruction.Release & ~UnitMask) != 0)
        {
            throw Unencodable(instruction, "it waits for or releases a unit that does not exist");
        }

        words.Add(
            ((uint)instruction.Opcode << 28) | ((uint)instruction.Wait << 21) | ((uint)instruction.Release << 14)
            | ((uint)instruction.Mode << 10) | ((uint)terms << 4));
        AppendConstants(fields, words);
        for (int i = 0; i < fields.Count; i++)
        {
            foreach (AffineTerm term in fields[i].Value.Terms)
            {
                words.Add(((uint)i << 24) | ((uint)term.Source.Code << 16));
                words.Add((uint)term.Coefficient);
            }
        }
    }

    /// <summary>The instructions of a stream.</summary>
    /// <exception cref="CompilationException">The words are not those of instructions (FLC4002).</exception>
    public static List<Instruction> Decode(ReadOnlySpan<uint> words)
    {
        List<Instruction> stream = [];
        int at = 0;
        while (at < words.Length)
        {
            stream.Add(Read(words, ref at));
        }

        return stream;
    }

    private static void AppendConstants(List<InstructionField> fields, List<uint> words)
    {
        // At most 31 bits wait for their word when a field of up to 40 comes, so 128 bits never overflow.
        UInt128 pending = 0;
        int bits = 0;
        foreach (InstructionField field in fields)
        {
            pending |= (UInt128)(ulong)field.Value.Constant << bits;
            bits += field.Bits;
            while (bits >= 32)
            {
                words.Add((uint)(pending & uint.MaxValue));
                pending >>= 32;
                bits -= 32;
            }
        }

        if (bits > 0)
        {
            words.Add((uint)pending);
        }
    }

    private static Instruction Read(ReadOnlySpan<uint> words, ref int at)
    {
        int start = at;
        uint header = words[at++];
        int opcode = (int)(header >> 28);
        int mode = (int)(header >> 10) & 15;
        Instruction instruction = InstructionSet.Create(opcode, mode)
            ?? throw Undecodable(start, $"no instruction has opcode {opcode} and mode {mode}");
        Check((header & 15) == 0, start, "reserved bits of the header are not 0");
        instruction.Wait = (Units)((header >> 21) & UnitMask);
        instruction.Release = (Units)((header >> 14) & UnitMask);

        List<InstructionField> fields = InstructionField.Of(instruction);
        Operand[] values = new Operand[fields.Count];
        ReadConstants(words, ref at, fields, values);
        int terms = (int)(header >> 4) & MaxTerms;
        int last = 0;
        for (int i = 0; i < terms; i++)
        {
            Check(at + 2 <= words.Length, words.Length, "the words end within an instruction");
            uint place = words[at];
            int coefficient = (int)words[at + 1];
            int field = (int)(place >> 24);
            int source = (int)(place >> 16) & 255;
            Check((place & 0xffff) == 0, at, "reserved bits of an affine term are not 0");
            Check(
                field < values.Length && field >= last, at,
                $"field number {field} does not exist or is out of order");
            Check(source < Source.Count, at, $"source {source} does not exist; there are {Source.Count}");
            Check(coefficient != 0, at + 1, "a coefficient is 0");
            values[field] += new Operand(0, new AffineTerm(new Source(source), coefficient));
            last = field;
            at += 2;
        }

        InstructionField.Assign(instruction, values);
        return instruction;
    }

    private static void ReadConstants(
        ReadOnlySpan<uint> words, ref int at, List<InstructionField> fields, Operand[] values)
    {
        UInt128 pending = 0;
        int bits = 0;
        for (int i = 0; i < fields.Count; i++)
        {
            while (bits < fields[i].Bits)
            {
                Check(at < words.Length, words.Length, "the words end within an instruction");
                pending |= (UInt128)words[at++] << bits;
                bits += 32;
            }

            values[i] = (long)(ulong)(pending & ((UInt128.One << fields[i].Bits) - 1));
            pending >>= fields[i].Bits;
            bits -= fields[i].Bits;
        }

        Check(pending == 0, at - 1, "padding after the fields is not 0");
    }

    private static void Check(bool holds, int word, string message)
    {
        if (!holds)
        {
            throw Undecodable(word, message);
        }
    }

    private static CompilationException Undecodable(int word, string message) =>
        new(Codes.ProgramText, $"instruction words cannot be decoded: {message}", $"word {word}");

    private static CompilationException Unencodable(Instruction instruction, string message) =>
        new(Codes.ProgramInvalid, $"'{instruction.Mnemonic}' cannot be encoded: {message}", instruction.Provenance);
}
