namespace Flightc.Isa;

/// <summary>Streams pages of packed weights into the weight rings.</summary>
public sealed class LoadWeights : Instruction
{
    private Operand _address, _pages;

    /// <summary>Byte address in each of the core's channels.</summary>
    public Operand Address { get => _address; init => _address = value; }

    /// <summary>Pages per channel.</summary>
    public Operand Pages { get => _pages; init => _pages = value; }

    /// <inheritdoc/>
    public override int Opcode => 1;

    /// <inheritdoc/>
    public override int Mode => 0;

    /// <inheritdoc/>
    public override string Mnemonic => "ld.weights";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        For p = 0 … pages-1: into the weight ring of every channel of the core go the P bytes at `addr +
        p·P` of that channel, as soon as every ring has P bytes free. P is the program's page size. Nothing
        else is waited for.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _address, 40, "addr", "byte address in each of the core's channels");
        fields.Field(ref _pages, 24, "pages", "pages per channel");
    }
}
