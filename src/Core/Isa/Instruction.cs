namespace Flightc.Isa;

/// <summary>
/// Visits the fields of an instruction in their declared order: encoder, decoder, text, evaluation and
/// documentation.
/// </summary>
public interface IFieldVisitor
{
    /// <summary>One field.</summary>
    /// <param name="value">The field's value; a visitor may replace it.</param>
    /// <param name="bits">Width of the constant part in the encoding, 1 … 40, unsigned.</param>
    /// <param name="name">Name in assembly text.</param>
    /// <param name="meaning">What it means, with its unit: a line of docs/isa.md.</param>
    void Field(ref Operand value, int bits, string name, string meaning);
}

/// <summary>
/// One instruction. A class lists its fields once, in <see cref="Visit"/>; everything else derives from that.
/// </summary>
/// <remarks>
/// It starts when its unit is free, its fields can be evaluated and every unit of <see cref="Wait"/> has
/// given it a token, which it takes; at its end it gives one token to every unit of <see cref="Release"/>.
/// Instructions are built once and then not changed.
/// </remarks>
public abstract class Instruction
{
    /// <summary>Units whose tokens it takes before it starts.</summary>
    public Units Wait { get; set; }

    /// <summary>Units that get a token when it ends.</summary>
    public Units Release { get; set; }

    /// <summary>What it is for, such as <c>layers.3.attn.q</c>: a comment, not encoded.</summary>
    public string Provenance { get; set; } = "";

    /// <summary>Upper four bits of the first word.</summary>
    public abstract int Opcode { get; }

    /// <summary>Distinguishes instructions of one opcode, 0 … 15.</summary>
    public abstract int Mode { get; }

    /// <summary>Name in assembly text, such as <c>ld.weights</c>.</summary>
    public abstract string Mnemonic { get; }

    /// <summary>The semantics, complete enough to build hardware from, in Markdown.</summary>
    public abstract string Semantics { get; }

    /// <summary>Lists the fields.</summary>
    public abstract void Visit(IFieldVisitor fields);

    /// <summary>A copy in which every field is the constant it evaluates to.</summary>
    /// <param name="sources">Values of registers and loop indices, by <see cref="Source.Code"/>.</param>
    public Instruction Resolve(long[] sources)
    {
        Instruction copy = (Instruction)MemberwiseClone();
        copy.Visit(new Resolver(sources));
        return copy;
    }

    /// <summary>A copy in which fields depend on fewer sources.</summary>
    /// <param name="sources">Values of the sources that are known, by <see cref="Source.Code"/>; null for those
    /// that remain.</param>
    public Instruction Fold(IReadOnlyList<long?> sources)
    {
        Instruction copy = (Instruction)MemberwiseClone();
        copy.Visit(new Folder(sources));
        return copy;
    }

    private sealed class Folder(IReadOnlyList<long?> sources) : IFieldVisitor
    {
        public void Field(ref Operand value, int bits, string name, string meaning) =>
            value = value.Fold(sources);
    }

    private sealed class Resolver(long[] sources) : IFieldVisitor
    {
        public void Field(ref Operand value, int bits, string name, string meaning) =>
            value = value.Evaluate(sources);
    }
}
