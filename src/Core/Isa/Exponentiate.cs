namespace Flightc.Isa;

/// <summary>Turns scores into integer probabilities and their sum.</summary>
public sealed class Exponentiate : Instruction
{
    private Operand _scores, _values, _maxima, _valueMaxima, _rows, _width, _out, _sums, _cap;

    /// <summary>Scratch address.</summary>
    public Operand Scores { get => _scores; init => _scores = value; }

    /// <summary>Scratch address of value scales, binary32 per slot.</summary>
    public Operand Values { get => _values; init => _values = value; }

    /// <summary>Scratch address of the scores' maxima over all cores.</summary>
    public Operand Maxima { get => _maxima; init => _maxima = value; }

    /// <summary>Scratch address of the value scales' maxima over all cores.</summary>
    public Operand ValueMaxima { get => _valueMaxima; init => _valueMaxima = value; }

    /// <summary>Query rows.</summary>
    public Operand Rows { get => _rows; init => _rows = value; }

    /// <summary>Slots.</summary>
    public Operand Width { get => _width; init => _width = value; }

    /// <summary>Scratch address of u16.</summary>
    public Operand Out { get => _out; init => _out = value; }

    /// <summary>Scratch address of INT64.</summary>
    public Operand Sums { get => _sums; init => _sums = value; }

    /// <summary>binary32 bits of C, the bound of capped scores in units of log2 e; 0 for none.</summary>
    public Operand Cap { get => _cap; init => _cap = value; }

    /// <inheritdoc/>
    public override int Opcode => 5;

    /// <inheritdoc/>
    public override int Mode => 4;

    /// <inheritdoc/>
    public override string Mnemonic => "misc.softmax";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        For y < rows, x < width, s the binary32 at `scores + 4·(y·width + x)`, s^ and v^ the binary32 at
        `maxima + 4·y` and `valuemaxima + 4·y`, sv the one at `values + 4·x`: e, P and Z as in Attention of
        docs/numerics.md §3 (P = 0 where v^ = 0), with C = `cap` where that is not 0. Where s is -∞, as `mm.score`
        writes it for a key that is not visible, P is 0 and nothing is added to Z. P goes as u16 to `out +
        2·(y·width + x)`, Z = Σ_x rint(e × 2^24) as INT64 to `sums + 8·y`.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _scores, 32, "scores", "scratch address");
        fields.Field(ref _values, 32, "values", "scratch address of value scales, binary32 per slot");
        fields.Field(ref _maxima, 32, "maxima", "scratch address of the scores' maxima over all cores");
        fields.Field(
            ref _valueMaxima, 32, "valuemaxima",
            "scratch address of the value scales' maxima over all cores");
        fields.Field(ref _rows, 24, "rows", "query rows");
        fields.Field(ref _width, 24, "width", "slots");
        fields.Field(ref _out, 32, "out", "scratch address of u16");
        fields.Field(ref _sums, 32, "sums", "scratch address of INT64");
        fields.Field(ref _cap, 32, "cap", "binary32 bits of C, the bound of capped scores; 0 for none");
    }
}
