namespace Flightc.Isa;

/// <summary>Copies rows from DDR into scratch.</summary>
public sealed class LoadTable : Instruction
{
    private Operand _address, _bytes, _pitch, _rows, _destination, _stride;

    /// <summary>DDR byte address.</summary>
    public Operand Address { get => _address; init => _address = value; }

    /// <summary>Bytes of a row.</summary>
    public Operand Bytes { get => _bytes; init => _bytes = value; }

    /// <summary>Bytes between rows in DDR.</summary>
    public Operand Pitch { get => _pitch; init => _pitch = value; }

    /// <summary>Rows.</summary>
    public Operand Rows { get => _rows; init => _rows = value; }

    /// <summary>Scratch address.</summary>
    public Operand Destination { get => _destination; init => _destination = value; }

    /// <summary>Bytes between rows in scratch.</summary>
    public Operand Stride { get => _stride; init => _stride = value; }

    /// <inheritdoc/>
    public override int Opcode => 1;

    /// <inheritdoc/>
    public override int Mode => 2;

    /// <inheritdoc/>
    public override string Mnemonic => "ld.table";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        For r = 0 … rows-1: `bytes` bytes from DDR `addr + r·pitch` to scratch `dst + r·stride`.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _address, 40, "addr", "DDR byte address");
        fields.Field(ref _bytes, 24, "bytes", "bytes of a row");
        fields.Field(ref _pitch, 32, "pitch", "bytes between rows in DDR");
        fields.Field(ref _rows, 24, "rows", "rows");
        fields.Field(ref _destination, 32, "dst", "scratch address");
        fields.Field(ref _stride, 32, "stride", "bytes between rows in scratch");
    }
}
