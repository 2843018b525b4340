namespace Flightc.Isa;

/// <summary>Appends rows to the KV cache.</summary>
public sealed class StoreCache : Instruction
{
    private Operand _source, _stride, _bytes, _address, _pitch, _rotation, _past, _tokens, _local, _headStride, _headPitch, _packed;
    private Operand _heads = 1;

    /// <summary>Scratch address.</summary>
    public Operand Source { get => _source; init => _source = value; }

    /// <summary>Bytes between tokens in scratch.</summary>
    public Operand Stride { get => _stride; init => _stride = value; }

    /// <summary>Bytes of a row in the channel.</summary>
    public Operand Bytes { get => _bytes; init => _bytes = value; }

    /// <summary>Byte address in each channel.</summary>
    public Operand Address { get => _address; init => _address = value; }

    /// <summary>Bytes between rows in the channel.</summary>
    public Operand Pitch { get => _pitch; init => _pitch = value; }

    /// <summary>Offset of the channel.</summary>
    public Operand Rotation { get => _rotation; init => _rotation = value; }

    /// <summary>Tokens before this step.</summary>
    public Operand Past { get => _past; init => _past = value; }

    /// <summary>Tokens of this step.</summary>
    public Operand Tokens { get => _tokens; init => _tokens = value; }

    /// <summary>1 to count channels within the core: all tokens are this core's.</summary>
    public Operand Local { get => _local; init => _local = value; }

    /// <summary>KV heads; the channel's offset grows by 1 from one to the next.</summary>
    public Operand Heads { get => _heads; init => _heads = value; }

    /// <summary>Bytes between heads in scratch.</summary>
    public Operand HeadStride { get => _headStride; init => _headStride = value; }

    /// <summary>Bytes between heads in each channel.</summary>
    public Operand HeadPitch { get => _headPitch; init => _headPitch = value; }

    /// <summary>1 to store two codes to a byte.</summary>
    public Operand Packed { get => _packed; init => _packed = value; }

    /// <inheritdoc/>
    public override int Opcode => 2;

    /// <inheritdoc/>
    public override int Mode => 0;

    /// <inheritdoc/>
    public override string Mnemonic => "st.kv";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        For h = 0 … heads-1, for t = 0 … tokens-1, g = past + t: channel `(g + rot + h) mod C` (C channels in
        the whole machine); if it belongs to the core, `bytes` bytes from scratch `src + h·headstride +
        t·stride` go to `addr + h·headpitch + (g div C)·pitch` of that channel. Where `local` is 1, every
        token is the core's: it goes into channel number `(g + rot + h) mod n` of the core's n, to `addr +
        h·headpitch + (g div n)·pitch`. Where `packed` is 1, `2·bytes` codes of -8 … 7 become `bytes` bytes:
        byte j has code 2·j in bits 0–3 and code 2·j + 1 in bits 4–7, two's complement.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _source, 32, "src", "scratch address");
        fields.Field(ref _stride, 32, "stride", "bytes between tokens in scratch");
        fields.Field(ref _bytes, 16, "bytes", "bytes of a row in the channel");
        fields.Field(ref _address, 40, "addr", "byte address in each channel");
        fields.Field(ref _pitch, 16, "pitch", "bytes between rows in the channel");
        fields.Field(ref _rotation, 16, "rot", "offset of the channel");
        fields.Field(ref _past, 24, "past", "tokens before this step");
        fields.Field(ref _tokens, 24, "tokens", "tokens of this step");
        fields.Field(ref _local, 1, "local", "1 to count channels within the core");
        fields.Field(ref _heads, 12, "heads", "KV heads");
        fields.Field(ref _headStride, 32, "headstride", "bytes between heads in scratch");
        fields.Field(ref _headPitch, 40, "headpitch", "bytes between heads in each channel");
        fields.Field(ref _packed, 1, "packed", "1 to store two codes to a byte");
    }
}
