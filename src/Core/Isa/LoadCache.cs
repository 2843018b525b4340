namespace Flightc.Isa;

/// <summary>Streams rows of the KV cache into the KV rings: all of them, or those that a block mask keeps.</summary>
/// <param name="isMasked">Whether it has a mask.</param>
public sealed class LoadCache(bool isMasked = false) : Instruction
{
    private Operand _address, _bytes, _rows, _headPitch, _mask, _maskStride, _maskPitch, _group, _past, _tokens, _local;
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

    /// <summary>Whether it has a mask.</summary>
    public bool IsMasked => isMasked;

    /// <summary>Scratch address of the block mask of the first query head.</summary>
    public Operand Mask { get => _mask; init => _mask = value; }

    /// <summary>Bytes between the mask's rows.</summary>
    public Operand MaskStride { get => _maskStride; init => _maskStride = value; }

    /// <summary>Bytes between query heads in a row of the mask.</summary>
    public Operand MaskPitch { get => _maskPitch; init => _maskPitch = value; }

    /// <summary>Query heads that share a KV head.</summary>
    public Operand Group { get => _group; init => _group = value; }

    /// <summary>Tokens before this step.</summary>
    public Operand Past { get => _past; init => _past = value; }

    /// <summary>Tokens of this step.</summary>
    public Operand Tokens { get => _tokens; init => _tokens = value; }

    /// <summary>1 to count channels within the core.</summary>
    public Operand Local { get => _local; init => _local = value; }

    /// <inheritdoc/>
    public override int Opcode => 1;

    /// <inheritdoc/>
    public override int Mode => isMasked ? 4 : 1;

    /// <inheritdoc/>
    public override string Mnemonic => isMasked ? "ld.kvmask" : "ld.kv";

    /// <inheritdoc/>
    public override string Semantics => isMasked
        ? """
        As `ld.kv`, but rows that nobody needs are skipped. With S = C, or the core's n channels where
        `local` is 1, row r holds the tokens S·r … S·r+S-1. It is needed if one of them is below `past` and,
        with k its block of 64 tokens, bit k (bit 0 first) of the bit string at scratch `mask + b·maskstride +
        (h·group + j)·maskpitch` is 1 for any j < group and any b = 0 … (past+tokens-1) div 64 - past div 64.
        In place of a row that is not needed a mark goes into every ring, which takes no room there: the
        product that pops the row gets the mark.
        """
        : """
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
        if (!isMasked)
        {
            return;
        }

        fields.Field(ref _mask, 32, "mask", "scratch address of the block mask of the first query head");
        fields.Field(ref _maskStride, 24, "maskstride", "bytes between the mask's rows");
        fields.Field(ref _maskPitch, 16, "maskpitch", "bytes between query heads in a row of the mask");
        fields.Field(ref _group, 8, "group", "query heads that share a KV head");
        fields.Field(ref _past, 24, "past", "tokens before this step");
        fields.Field(ref _tokens, 16, "tokens", "tokens of this step");
        fields.Field(ref _local, 1, "local", "1 to count channels within the core");
    }
}
