namespace Flightc.Isa;

/// <summary>Quantises a slice to INT8 with a scale per token.</summary>
public sealed class QuantizeRows : Instruction
{
    private Operand _source, _stride, _weight, _weighted, _count, _tokens, _maxima, _norm, _sums,
        _sumStride, _segments, _total, _epsilon, _codes, _codeStride, _scales;

    /// <summary>Scratch address.</summary>
    public Operand Source { get => _source; init => _source = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand Stride { get => _stride; init => _stride = value; }

    /// <summary>Scratch address of binary32 weights.</summary>
    public Operand Weight { get => _weight; init => _weight = value; }

    /// <summary>1 to multiply by the weights.</summary>
    public Operand Weighted { get => _weighted; init => _weighted = value; }

    /// <summary>Elements of the slice.</summary>
    public Operand Count { get => _count; init => _count = value; }

    /// <summary>Tokens.</summary>
    public Operand Tokens { get => _tokens; init => _tokens = value; }

    /// <summary>Scratch address of a binary32 per token.</summary>
    public Operand Maxima { get => _maxima; init => _maxima = value; }

    /// <summary>1 for RMS normalisation.</summary>
    public Operand Norm { get => _norm; init => _norm = value; }

    /// <summary>Scratch address of all segments' sums.</summary>
    public Operand Sums { get => _sums; init => _sums = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand SumStride { get => _sumStride; init => _sumStride = value; }

    /// <summary>Segments of all slices.</summary>
    public Operand Segments { get => _segments; init => _segments = value; }

    /// <summary>Elements of all slices.</summary>
    public Operand Total { get => _total; init => _total = value; }

    /// <summary>Binary32 bits.</summary>
    public Operand Epsilon { get => _epsilon; init => _epsilon = value; }

    /// <summary>Scratch address of the slice's codes.</summary>
    public Operand Codes { get => _codes; init => _codes = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand CodeStride { get => _codeStride; init => _codeStride = value; }

    /// <summary>Scratch address of a binary32 per token.</summary>
    public Operand Scales { get => _scales; init => _scales = value; }

    /// <inheritdoc/>
    public override int Opcode => 5;

    /// <inheritdoc/>
    public override int Mode => 2;

    /// <inheritdoc/>
    public override string Mnemonic => "misc.quantize";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        For t < tokens, x, w and t[i] = x·w as in `misc.measure`, a the binary32 at `maxima + 4·t` (the
        maximum over all slices): codes and scale as Quantize of docs/numerics.md §3 gives them; the `count`
        codes go to `codes + t·codestride`. If `norm` is 1 the scale is that of RmsNormQuantize, with n =
        `total`, e = `epsilon` and the sum of squares combined (step 4) from the `segments` sums at `sums +
        t·sumstride`. The scale goes to `scales + 4·t`.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _source, 32, "src", "scratch address");
        fields.Field(ref _stride, 24, "stride", "bytes between tokens");
        fields.Field(ref _weight, 32, "weight", "scratch address of binary32 weights");
        fields.Field(ref _weighted, 1, "weighted", "1 to multiply by the weights");
        fields.Field(ref _count, 24, "count", "elements of the slice");
        fields.Field(ref _tokens, 16, "tokens", "tokens");
        fields.Field(ref _maxima, 32, "maxima", "scratch address of a binary32 per token");
        fields.Field(ref _norm, 1, "norm", "1 for RMS normalisation");
        fields.Field(ref _sums, 32, "sums", "scratch address of all segments' sums");
        fields.Field(ref _sumStride, 24, "sumstride", "bytes between tokens");
        fields.Field(ref _segments, 16, "segments", "segments of all slices");
        fields.Field(ref _total, 24, "total", "elements of all slices");
        fields.Field(ref _epsilon, 32, "epsilon", "binary32 bits");
        fields.Field(ref _codes, 32, "codes", "scratch address of the slice's codes");
        fields.Field(ref _codeStride, 24, "codestride", "bytes between tokens");
        fields.Field(ref _scales, 32, "scales", "scratch address of a binary32 per token");
    }
}
