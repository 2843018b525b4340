namespace Flightc.Isa;

/// <summary>Repeats the instructions up to the matching `endloop`.</summary>
public sealed class BeginLoop : Instruction
{
    private Operand _count;

    /// <summary>Iterations.</summary>
    public Operand Count { get => _count; init => _count = value; }

    /// <inheritdoc/>
    public override int Opcode => 13;

    /// <inheritdoc/>
    public override int Mode => 0;

    /// <inheritdoc/>
    public override string Mnemonic => "loop";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        With count 0 they are skipped. A stream nests at most two loops; the index of the outer is L0, of
        the inner L1; both count from 0. It waits for nothing and releases nothing.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _count, 24, "count", "iterations");
    }
}
