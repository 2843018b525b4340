namespace Flightc.Isa;

/// <summary>Rotates heads by position and quantises them.</summary>
public sealed class QuantizeHeads : Instruction
{
    private Operand _source, _stride, _heads, _headDim, _tokens, _rotated, _table, _tableStride, _cache,
        _codes, _codeStride, _scales, _scaleStride;

    /// <summary>Scratch address.</summary>
    public Operand Source { get => _source; init => _source = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand Stride { get => _stride; init => _stride = value; }

    /// <summary>Heads.</summary>
    public Operand Heads { get => _heads; init => _heads = value; }

    /// <summary>Elements of a head.</summary>
    public Operand HeadDim { get => _headDim; init => _headDim = value; }

    /// <summary>Tokens.</summary>
    public Operand Tokens { get => _tokens; init => _tokens = value; }

    /// <summary>r: elements of a head that are rotated, the first ones; even, 0 for none.</summary>
    public Operand Rotated { get => _rotated; init => _rotated = value; }

    /// <summary>Scratch address of cosines and sines.</summary>
    public Operand Table { get => _table; init => _table = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand TableStride { get => _tableStride; init => _tableStride = value; }

    /// <summary>1 for a scale that is a binary16 value.</summary>
    public Operand Cache { get => _cache; init => _cache = value; }

    /// <summary>Scratch address of codes.</summary>
    public Operand Codes { get => _codes; init => _codes = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand CodeStride { get => _codeStride; init => _codeStride = value; }

    /// <summary>Scratch address of scales.</summary>
    public Operand Scales { get => _scales; init => _scales = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand ScaleStride { get => _scaleStride; init => _scaleStride = value; }

    /// <inheritdoc/>
    public override int Opcode => 5;

    /// <inheritdoc/>
    public override int Mode => 3;

    /// <inheritdoc/>
    public override string Mnemonic => "misc.heads";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        For t < tokens, h < heads, x the `d` binary32 at `src + t·stride + 4·h·d`: if `rotated` is
        not 0, RotaryQuantize of docs/numerics.md §3 with its first r = `rotated` elements rotated by the r/2 cosines
        and then r/2 sines at `table + t·tablestride`, otherwise QuantizeHeads; to i8h if `cache` is 0, to i8k if it is 1, to the i4k of values
        if it is 2 and to that of keys if it is 3. Codes, a byte each, go to `codes + t·codestride + h·d`, the
        scale (binary32) to `scales + t·scalestride + 4·h`.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _source, 32, "src", "scratch address");
        fields.Field(ref _stride, 24, "stride", "bytes between tokens");
        fields.Field(ref _heads, 16, "heads", "heads");
        fields.Field(ref _headDim, 16, "d", "elements of a head");
        fields.Field(ref _tokens, 16, "tokens", "tokens");
        fields.Field(ref _rotated, 16, "rotated", "elements of a head that are rotated, an even number; 0 for none");
        fields.Field(ref _table, 32, "table", "scratch address of cosines and sines");
        fields.Field(ref _tableStride, 24, "tablestride", "bytes between tokens");
        fields.Field(ref _cache, 2, "cache", "form of the codes: 0 i8h, 1 i8k, 2 i4k of values, 3 i4k of keys");
        fields.Field(ref _codes, 32, "codes", "scratch address of codes");
        fields.Field(ref _codeStride, 24, "codestride", "bytes between tokens");
        fields.Field(ref _scales, 32, "scales", "scratch address of scales");
        fields.Field(ref _scaleStride, 24, "scalestride", "bytes between tokens");
    }
}
