namespace Flightc.Isa;

/// <summary>Copies rows from scratch to DDR.</summary>
public sealed class StoreRows : Instruction
{
    private Operand _source, _stride, _bytes, _rows, _address, _pitch;

    /// <summary>Scratch address.</summary>
    public Operand Source { get => _source; init => _source = value; }

    /// <summary>Bytes between rows in scratch.</summary>
    public Operand Stride { get => _stride; init => _stride = value; }

    /// <summary>Bytes of a row.</summary>
    public Operand Bytes { get => _bytes; init => _bytes = value; }

    /// <summary>Rows.</summary>
    public Operand Rows { get => _rows; init => _rows = value; }

    /// <summary>DDR byte address.</summary>
    public Operand Address { get => _address; init => _address = value; }

    /// <summary>Bytes between rows in DDR.</summary>
    public Operand Pitch { get => _pitch; init => _pitch = value; }

    /// <inheritdoc/>
    public override int Opcode => 2;

    /// <inheritdoc/>
    public override int Mode => 2;

    /// <inheritdoc/>
    public override string Mnemonic => "st.rows";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        For r = 0 … rows-1: `bytes` bytes from scratch `src + r·stride` to DDR `addr + r·pitch`.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _source, 32, "src", "scratch address");
        fields.Field(ref _stride, 32, "stride", "bytes between rows in scratch");
        fields.Field(ref _bytes, 24, "bytes", "bytes of a row");
        fields.Field(ref _rows, 24, "rows", "rows");
        fields.Field(ref _address, 40, "addr", "DDR byte address");
        fields.Field(ref _pitch, 32, "pitch", "bytes between rows in DDR");
    }
}
