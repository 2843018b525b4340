namespace Flightc.Isa;

/// <summary>A field of one instruction, as <see cref="Instruction.Visit"/> lists it.</summary>
/// <param name="Name">Name in assembly text.</param>
/// <param name="Bits">Width of the constant part in the encoding; an evaluated value lies in 0 … 2^Bits - 1
/// too.</param>
/// <param name="Meaning">What it means, with its unit.</param>
/// <param name="Value">The value the instruction has.</param>
public readonly record struct InstructionField(string Name, int Bits, string Meaning, Operand Value)
{
    /// <summary>All fields of an instruction, in their declared order.</summary>
    public static List<InstructionField> Of(Instruction instruction)
    {
        Reader reader = new();
        instruction.Visit(reader);
        return reader.Fields;
    }

    /// <summary>Replaces all fields of an instruction that is being built.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="values">One per field, in the declared order.</param>
    public static void Assign(Instruction instruction, IReadOnlyList<Operand> values) =>
        instruction.Visit(new Writer(values));

    private sealed class Reader : IFieldVisitor
    {
        public List<InstructionField> Fields { get; } = [];

        public void Field(ref Operand value, int bits, string name, string meaning) =>
            Fields.Add(new(name, bits, meaning, value));
    }

    private sealed class Writer(IReadOnlyList<Operand> values) : IFieldVisitor
    {
        private int _next;

        public void Field(ref Operand value, int bits, string name, string meaning) => value = values[_next++];
    }
}
