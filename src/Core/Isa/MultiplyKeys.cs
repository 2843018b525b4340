namespace Flightc.Isa;

/// <summary>Scores the query heads of one KV head against all keys.</summary>
/// <param name="unit"><see cref="Unit.Matrix"/>, or <see cref="Unit.Vector"/> for a step of one token.</param>
public sealed class MultiplyKeys(Unit unit) : Instruction
{
    /// <summary>Bytes that follow the d codes in a key's row: its scale and its value's scale, binary16.</summary>
    public const int ScaleBytes = 4;

    /// <summary>Bytes of a key's row: its codes, rounded up to an even number where two share a byte, and both scales.</summary>
    /// <param name="headDim">Elements of a head.</param>
    /// <param name="isPacked">Whether two codes share a byte.</param>
    public static long RowBytes(long headDim, bool isPacked) => ScaleBytes + (isPacked ? (headDim + 3) / 4 * 2 : headDim);

    private Operand _codes, _codeStride, _scales, _keys, _keyStride, _keyScales, _valueScales,
        _scaleStride, _rotation, _past, _tokens, _group, _headDim,
        _rows, _slots, _factor, _window, _mask, _maskStride, _maskPitch, _out, _values, _maxima, _valueMaxima, _local, _packed;

    /// <summary>Scratch address of the INT8 codes of the first query head.</summary>
    public Operand Codes { get => _codes; init => _codes = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand CodeStride { get => _codeStride; init => _codeStride = value; }

    /// <summary>Scratch address of its binary32 scale; heads follow at 4 bytes.</summary>
    public Operand Scales { get => _scales; init => _scales = value; }

    /// <summary>Scratch address of this step's key codes.</summary>
    public Operand Keys { get => _keys; init => _keys = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand KeyStride { get => _keyStride; init => _keyStride = value; }

    /// <summary>Scratch address of this step's key scales, binary32.</summary>
    public Operand KeyScales { get => _keyScales; init => _keyScales = value; }

    /// <summary>Scratch address of this step's value scales, binary32.</summary>
    public Operand ValueScales { get => _valueScales; init => _valueScales = value; }

    /// <summary>Bytes between tokens in all three arrays of scales.</summary>
    public Operand ScaleStride { get => _scaleStride; init => _scaleStride = value; }

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

    /// <summary>Binary32 bits of log2(e) / √d.</summary>
    public Operand Factor { get => _factor; init => _factor = value; }

    /// <summary>Keys visible to a token, itself included; 0 for all.</summary>
    public Operand Window { get => _window; init => _window = value; }

    /// <summary>Scratch address of a block mask; 0 for none.</summary>
    public Operand Mask { get => _mask; init => _mask = value; }

    /// <summary>Bytes between the mask's rows.</summary>
    public Operand MaskStride { get => _maskStride; init => _maskStride = value; }

    /// <summary>Bytes between query heads in a row of the mask.</summary>
    public Operand MaskPitch { get => _maskPitch; init => _maskPitch = value; }

    /// <summary>Scratch address of scores.</summary>
    public Operand Out { get => _out; init => _out = value; }

    /// <summary>Scratch address of a binary32 per slot.</summary>
    public Operand Values { get => _values; init => _values = value; }

    /// <summary>Scratch address of a binary32 per query row.</summary>
    public Operand Maxima { get => _maxima; init => _maxima = value; }

    /// <summary>Scratch address of a binary32 per query row.</summary>
    public Operand ValueMaxima { get => _valueMaxima; init => _valueMaxima = value; }

    /// <summary>1 to count channels within the core: the head's tokens lie in this core's channels alone.</summary>
    public Operand Local { get => _local; init => _local = value; }

    /// <summary>1 where two codes of a key in the KV ring share a byte.</summary>
    public Operand Packed { get => _packed; init => _packed = value; }

    /// <inheritdoc/>
    public override int Opcode => unit == Unit.Vector ? 4 : 3;

    /// <inheritdoc/>
    public override int Mode => 1;

    /// <inheritdoc/>
    public override string Mnemonic => unit == Unit.Vector ? "mv.score" : "mm.score";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        Slots: the core's n channels, number i = 0 … n-1, hold for r = 0 … slots-1 the token `u(r,i) = C·r +
        ((channel_i - rot) mod C)`, or `u(r,i) = n·r + ((i - rot) mod n)` where `local` is 1: then all of the
        head's tokens are this core's. Slot x = r·n + i. For r < rows every channel pops `d` + 4 bytes off its
        KV ring: if u < past they are the slot's key (d INT8 codes), its scale sk and its value's scale sv
        (binary16 each). Where `packed` is 1, codes have 4 bits, as `st.kv` packs them, and the pop is of
        `2·⌈d/4⌉` + 4 bytes: codes, padding to an even number, scales. For past ≤ u < past + tokens the key is
        the codes at scratch `keys + (u - past)·keystride`, sk and sv the binary32 at `keyscales + (u -
        past)·scalestride` and `valuescales + (u - past)·scalestride`. Key u is visible to query head j of token
        t if u ≤ past + t, and window = 0 or past + t - u < window, and mask = 0 or bit `u div 64` (bit 0 first)
        of the bit string at scratch `mask + ((past + t) div 64 - past div 64)·maskstride + j·maskpitch` is 1,
        and no mark of `ld.kvmask` was popped in the place of its row. For t < tokens, j < group, y = t·group +
        j, with q the `d` codes at `codes + t·codestride + j·d` and sq the binary32 at `scales + t·scalestride +
        4·j`: the binary32 at `out + 4·(y·slots·n + x)` becomes `f32(Σ q·k) × ((sq × factor) × sk)` if visible,
        -∞ otherwise. `maxima[y]` becomes the largest visible score (-∞ if none), `valuemaxima[y]` the largest
        visible sv (0 if none), `values[x]` becomes sv, or 0 for u ≥ past + tokens and where a mark was popped.
        What is not visible to any token of a block need not be multiplied.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _codes, 32, "codes", "scratch address of the INT8 codes of the first query head");
        fields.Field(ref _codeStride, 24, "codestride", "bytes between tokens");
        fields.Field(ref _scales, 32, "scales", "scratch address of its binary32 scale; heads follow at 4 bytes");
        fields.Field(ref _keys, 32, "keys", "scratch address of this step's key codes");
        fields.Field(ref _keyStride, 24, "keystride", "bytes between tokens");
        fields.Field(ref _keyScales, 32, "keyscales", "scratch address of this step's key scales, binary32");
        fields.Field(ref _valueScales, 32, "valuescales", "scratch address of this step's value scales, binary32");
        fields.Field(ref _scaleStride, 24, "scalestride", "bytes between tokens in all three arrays of scales");
        fields.Field(ref _rotation, 16, "rot", "offset of the channel");
        fields.Field(ref _past, 24, "past", "tokens before this step");
        fields.Field(ref _tokens, 16, "tokens", "tokens of this step");
        fields.Field(ref _group, 8, "group", "query heads that share the KV head");
        fields.Field(ref _headDim, 16, "d", "elements of a head");
        fields.Field(ref _rows, 24, "rows", "rows to pop from each KV ring");
        fields.Field(ref _slots, 24, "slots", "rows of slots");
        fields.Field(ref _factor, 32, "factor", "binary32 bits of log2(e) / √d");
        fields.Field(ref _window, 24, "window", "keys visible to a token, itself included; 0 for all");
        fields.Field(ref _mask, 32, "mask", "scratch address of a block mask; 0 for none");
        fields.Field(ref _maskStride, 24, "maskstride", "bytes between the mask's rows");
        fields.Field(ref _maskPitch, 16, "maskpitch", "bytes between query heads in a row of the mask");
        fields.Field(ref _out, 32, "out", "scratch address of scores");
        fields.Field(ref _values, 32, "values", "scratch address of a binary32 per slot");
        fields.Field(ref _maxima, 32, "maxima", "scratch address of a binary32 per query row");
        fields.Field(ref _valueMaxima, 32, "valuemaxima", "scratch address of a binary32 per query row");
        fields.Field(ref _local, 1, "local", "1 to count channels within the core");
        fields.Field(ref _packed, 1, "packed", "1 where two codes in the ring share a byte");
    }
}
