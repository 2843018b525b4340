namespace Flightc.Isa;

/// <summary>Sums the values of one KV head, weighted by probabilities.</summary>
/// <param name="unit"><see cref="Unit.Matrix"/>, or <see cref="Unit.Vector"/> for a step of one token.</param>
/// <param name="isMasked">Whether it has a block mask.</param>
public sealed class MultiplyValues(Unit unit, bool isMasked = false) : Instruction
{
    /// <summary>Bytes of a value's row.</summary>
    /// <param name="headDim">Elements of a head.</param>
    /// <param name="isPacked">Whether two codes share a byte.</param>
    public static long RowBytes(long headDim, bool isPacked) => isPacked ? (headDim + 1) / 2 : headDim;

    private Operand _probabilities, _codes, _stride, _rotation, _past, _tokens, _group, _headDim, _rows,
        _slots, _out, _local, _packed, _mask, _maskStride, _maskPitch;

    /// <summary>Scratch address of u16.</summary>
    public Operand Probabilities { get => _probabilities; init => _probabilities = value; }

    /// <summary>Scratch address of this step's value codes.</summary>
    public Operand Codes { get => _codes; init => _codes = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand Stride { get => _stride; init => _stride = value; }

    /// <summary>Offset of the channel.</summary>
    public Operand Rotation { get => _rotation; init => _rotation = value; }

    /// <summary>Tokens before this step.</summary>
    public Operand Past { get => _past; init => _past = value; }

    /// <summary>Tokens of this step.</summary>
    public Operand Tokens { get => _tokens; init => _tokens = value; }

    /// <summary>Query heads that share the KV head.</summary>
    public Operand Group { get => _group; init => _group = value; }

    /// <summary>Elements of a head.</summary>
    public Operand HeadDim { get => _headDim; init => _headDim = value; }

    /// <summary>Rows to pop from each KV ring.</summary>
    public Operand Rows { get => _rows; init => _rows = value; }

    /// <summary>Rows of slots.</summary>
    public Operand Slots { get => _slots; init => _slots = value; }

    /// <summary>Scratch address of INT64 sums.</summary>
    public Operand Out { get => _out; init => _out = value; }

    /// <summary>1 to count channels within the core: the head's tokens lie in this core's channels alone.</summary>
    public Operand Local { get => _local; init => _local = value; }

    /// <summary>1 where two codes of a value in the KV ring share a byte.</summary>
    public Operand Packed { get => _packed; init => _packed = value; }

    /// <summary>Whether it has a block mask.</summary>
    public bool IsMasked => isMasked;

    /// <summary>Scratch address of the block mask.</summary>
    public Operand Mask { get => _mask; init => _mask = value; }

    /// <summary>Bytes between the mask's rows.</summary>
    public Operand MaskStride { get => _maskStride; init => _maskStride = value; }

    /// <summary>Bytes between query heads in a row of the mask.</summary>
    public Operand MaskPitch { get => _maskPitch; init => _maskPitch = value; }

    /// <inheritdoc/>
    public override int Opcode => unit == Unit.Vector ? 4 : 3;

    /// <inheritdoc/>
    public override int Mode => isMasked ? 3 : 2;

    /// <inheritdoc/>
    public override string Mnemonic => (unit == Unit.Vector ? "mv.value" : "mm.value") + (isMasked ? "mask" : "");

    /// <inheritdoc/>
    public override string Semantics => isMasked
        ? """
        As `mm.value`, but of the sum over x for query head j of token t only those slots count whose bit `u
        div 64` is 1 in the bit string that `mm.score` looks at, with `mask`, `maskstride` and `maskpitch` as
        there, and for which no mark of `ld.kvmask` was popped. What counts for no token of a block need not be
        multiplied.
        """
        : """
        Slots, u and y as in `mm.score`. For r < rows every channel pops `d` bytes off its KV ring, or `⌈d/2⌉`
        where `packed` is 1 (codes of 4 bits, as `st.kv` packs them): the value v of its slot if u < past; for
        past ≤ u < past + tokens v is the codes at scratch `values + (u - past)·stride`. With P the u16 at
        `probabilities + 2·(y·slots·n + x)`: the INT64 at `out + 8·(y·d + e)` becomes `Σ_x P·v[e]`, for all y
        and e < d, exact; slots with u ≥ past + tokens count nothing.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _probabilities, 32, "probabilities", "scratch address of u16");
        fields.Field(ref _codes, 32, "values", "scratch address of this step's value codes");
        fields.Field(ref _stride, 24, "stride", "bytes between tokens");
        fields.Field(ref _rotation, 16, "rot", "offset of the channel");
        fields.Field(ref _past, 24, "past", "tokens before this step");
        fields.Field(ref _tokens, 16, "tokens", "tokens of this step");
        fields.Field(ref _group, 8, "group", "query heads that share the KV head");
        fields.Field(ref _headDim, 16, "d", "elements of a head");
        fields.Field(ref _rows, 24, "rows", "rows to pop from each KV ring");
        fields.Field(ref _slots, 24, "slots", "rows of slots");
        fields.Field(ref _out, 32, "out", "scratch address of INT64 sums");
        fields.Field(ref _local, 1, "local", "1 to count channels within the core");
        fields.Field(ref _packed, 1, "packed", "1 where two codes in the ring share a byte");
        if (isMasked)
        {
            fields.Field(ref _mask, 32, "mask", "scratch address of the block mask");
            fields.Field(ref _maskStride, 24, "maskstride", "bytes between the mask's rows");
            fields.Field(ref _maskPitch, 16, "maskpitch", "bytes between query heads in a row of the mask");
        }
    }
}
