namespace Flightc.Isa;

/// <summary>Streams rows of the KV cache into the KV rings.</summary>
public sealed class LoadCache : Instruction
{
    private Operand _address, _bytes, _rows, _headPitch;
    private Operand _heads = 1;

    /// <summary>Byte address in each of the core's channels.</summary>
    public Operand Address { get => _address; init => _address = value; }

    /// <summary>Bytes of a row: a key with its scales, or a value, of one token and head.</summary>
    public Operand Bytes { get => _bytes; init => _bytes = value; }

    /// <summary>Rows per channel, of each head.</summary>
    public Operand Rows { get => _rows; init => _rows = value; }

    /// <summary>KV heads, one after another.</summary>
    public Operand Heads { get => _heads; init => _heads = value; }

    /// <summary>Bytes between heads in each channel.</summary>
    public Operand HeadPitch { get => _headPitch; init => _headPitch = value; }

    /// <inheritdoc/>
    public override int Opcode => 1;

    /// <inheritdoc/>
    public override int Mode => 1;

    /// <inheritdoc/>
    public override string Mnemonic => "ld.kv";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        For h = 0 … heads-1, for r = 0 … rows-1: into the KV ring of every channel of the core go the `bytes`
        bytes at `addr + h·headpitch + r·bytes` of that channel, as soon as every ring has room.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _address, 40, "addr", "byte address in each of the core's channels");
        fields.Field(
            ref _bytes, 16, "bytes",
            "bytes of a row: a key with its scales, or a value, of one token and head");
        fields.Field(ref _rows, 24, "rows", "rows per channel, of each head");
        fields.Field(ref _heads, 12, "heads", "KV heads, one after another");
        fields.Field(ref _headPitch, 40, "headpitch", "bytes between heads in each channel");
    }
}
