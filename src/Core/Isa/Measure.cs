namespace Flightc.Isa;

/// <summary>Takes the largest magnitude of a slice, and its sums of squares.</summary>
public sealed class Measure : Instruction
{
    private Operand _source, _stride, _weight, _weighted, _count, _tokens, _maxima, _squares, _sums,
        _sumStride;

    /// <summary>Scratch address.</summary>
    public Operand Source { get => _source; init => _source = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand Stride { get => _stride; init => _stride = value; }

    /// <summary>Scratch address of binary32 weights.</summary>
    public Operand Weight { get => _weight; init => _weight = value; }

    /// <summary>1 to multiply by the weights.</summary>
    public Operand Weighted { get => _weighted; init => _weighted = value; }

    /// <summary>Elements of the slice; a multiple of 64 save in the last slice.</summary>
    public Operand Count { get => _count; init => _count = value; }

    /// <summary>Tokens.</summary>
    public Operand Tokens { get => _tokens; init => _tokens = value; }

    /// <summary>Scratch address of a binary32 per token.</summary>
    public Operand Maxima { get => _maxima; init => _maxima = value; }

    /// <summary>1 to sum squares.</summary>
    public Operand Squares { get => _squares; init => _squares = value; }

    /// <summary>Scratch address of the slice's first segment.</summary>
    public Operand Sums { get => _sums; init => _sums = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand SumStride { get => _sumStride; init => _sumStride = value; }

    /// <inheritdoc/>
    public override int Opcode => 5;

    /// <inheritdoc/>
    public override int Mode => 1;

    /// <inheritdoc/>
    public override string Mnemonic => "misc.measure";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        For t < tokens, x the `count` binary32 at `src + t·stride`, w those at `weight` (1 where
        `weighted` is 0, and no product is taken): the binary32 at `maxima + 4·t` becomes max |x·w| (0 if
        count is 0). If `squares` is 1: for every segment s of 64 elements the binary32 at `sums +
        t·sumstride + 4·s` becomes the segment's sum of x·x (docs/numerics.md §1.1, steps 1 to 3).
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _source, 32, "src", "scratch address");
        fields.Field(ref _stride, 24, "stride", "bytes between tokens");
        fields.Field(ref _weight, 32, "weight", "scratch address of binary32 weights");
        fields.Field(ref _weighted, 1, "weighted", "1 to multiply by the weights");
        fields.Field(ref _count, 24, "count", "elements of the slice; a multiple of 64 save in the last slice");
        fields.Field(ref _tokens, 16, "tokens", "tokens");
        fields.Field(ref _maxima, 32, "maxima", "scratch address of a binary32 per token");
        fields.Field(ref _squares, 1, "squares", "1 to sum squares");
        fields.Field(ref _sums, 32, "sums", "scratch address of the slice's first segment");
        fields.Field(ref _sumStride, 24, "sumstride", "bytes between tokens");
    }
}
