namespace Flightc.Isa;

/// <summary>Copies the scales of the KV cache into scratch.</summary>
public sealed class LoadCacheScales : Instruction
{
    private Operand _address, _bytes, _rows, _destination, _stride;

    /// <summary>Byte address in each of the core's channels.</summary>
    public Operand Address { get => _address; init => _address = value; }

    /// <summary>Bytes of a row: K and V scales (binary16, K first) of every KV head.</summary>
    public Operand Bytes { get => _bytes; init => _bytes = value; }

    /// <summary>Rows per channel.</summary>
    public Operand Rows { get => _rows; init => _rows = value; }

    /// <summary>Scratch address.</summary>
    public Operand Destination { get => _destination; init => _destination = value; }

    /// <summary>Bytes between channels in scratch.</summary>
    public Operand Stride { get => _stride; init => _stride = value; }

    /// <inheritdoc/>
    public override int Opcode => 1;

    /// <inheritdoc/>
    public override int Mode => 2;

    /// <inheritdoc/>
    public override string Mnemonic => "ld.scales";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        For every channel of the core, i = 0 … n-1, and r = 0 … rows-1: `bytes` bytes from `address +
        r·bytes` of the channel to scratch `destination + i·stride + r·bytes`.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _address, 40, "addr", "byte address in each of the core's channels");
        fields.Field(ref _bytes, 16, "bytes", "bytes of a row: K and V scales (binary16, K first) of every KV head");
        fields.Field(ref _rows, 24, "rows", "rows per channel");
        fields.Field(ref _destination, 32, "dst", "scratch address");
        fields.Field(ref _stride, 32, "stride", "bytes between channels in scratch");
    }
}
