namespace Flightc.Isa;

/// <summary>Gives a block to all other cores.</summary>
public sealed class Gather : Instruction
{
    private Operand _address, _bytes, _stride, _rows;

    /// <summary>Scratch address of the block.</summary>
    public Operand Address { get => _address; init => _address = value; }

    /// <summary>Bytes of a row.</summary>
    public Operand Bytes { get => _bytes; init => _bytes = value; }

    /// <summary>Bytes between rows.</summary>
    public Operand Stride { get => _stride; init => _stride = value; }

    /// <summary>Rows.</summary>
    public Operand Rows { get => _rows; init => _rows = value; }

    /// <inheritdoc/>
    public override int Opcode => 6;

    /// <inheritdoc/>
    public override int Mode => 0;

    /// <inheritdoc/>
    public override string Mnemonic => "xch.gather";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        An exchange: starts when the instruction of the same number in the exchange stream of every core can
        start, and ends on all at once. For r < rows the `bytes` bytes at scratch `addr + r·stride` are
        copied to the same place on every other core. Cores give disjoint blocks.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _address, 32, "addr", "scratch address of the block");
        fields.Field(ref _bytes, 24, "bytes", "bytes of a row");
        fields.Field(ref _stride, 24, "stride", "bytes between rows");
        fields.Field(ref _rows, 24, "rows", "rows");
    }
}
