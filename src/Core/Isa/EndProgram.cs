namespace Flightc.Isa;

/// <summary>Ends the program.</summary>
public sealed class EndProgram : Instruction
{
    /// <inheritdoc/>
    public override int Opcode => 15;

    /// <inheritdoc/>
    public override int Mode => 0;

    /// <inheritdoc/>
    public override string Mnemonic => "sys.end";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        The core is done when this instruction ends; the last of the system stream. The program is done when
        all cores are.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
    }
}
