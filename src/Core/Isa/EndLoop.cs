namespace Flightc.Isa;

/// <summary>Ends the body of a loop.</summary>
public sealed class EndLoop : Instruction
{
    /// <inheritdoc/>
    public override int Opcode => 14;

    /// <inheritdoc/>
    public override int Mode => 0;

    /// <inheritdoc/>
    public override string Mnemonic => "endloop";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        Waits for nothing and releases nothing.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
    }
}
