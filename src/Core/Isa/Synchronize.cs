namespace Flightc.Isa;

/// <summary>Does nothing but wait and release; a stream of any unit can have it.</summary>
public sealed class Synchronize : Instruction
{
    /// <inheritdoc/>
    public override int Opcode => 0;

    /// <inheritdoc/>
    public override int Mode => 0;

    /// <inheritdoc/>
    public override string Mnemonic => "sync";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        Takes and gives tokens.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
    }
}
