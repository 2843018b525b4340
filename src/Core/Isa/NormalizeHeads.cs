namespace Flightc.Isa;

/// <summary>Divides the weighted sums of values by the sum of probabilities.</summary>
public sealed class NormalizeHeads : Instruction
{
    private Operand _source, _sums, _valueMaxima, _tokens, _group, _headDim, _out, _outStride;

    /// <summary>Scratch address of INT64.</summary>
    public Operand Source { get => _source; init => _source = value; }

    /// <summary>Scratch address of INT64.</summary>
    public Operand Sums { get => _sums; init => _sums = value; }

    /// <summary>Scratch address of a binary32 per query row.</summary>
    public Operand ValueMaxima { get => _valueMaxima; init => _valueMaxima = value; }

    /// <summary>Tokens.</summary>
    public Operand Tokens { get => _tokens; init => _tokens = value; }

    /// <summary>Query heads that share the KV head.</summary>
    public Operand Group { get => _group; init => _group = value; }

    /// <summary>Elements of a head.</summary>
    public Operand HeadDim { get => _headDim; init => _headDim = value; }

    /// <summary>Scratch address of binary32 results.</summary>
    public Operand Out { get => _out; init => _out = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand OutStride { get => _outStride; init => _outStride = value; }

    /// <inheritdoc/>
    public override int Opcode => 5;

    /// <inheritdoc/>
    public override int Mode => 5;

    /// <inheritdoc/>
    public override string Mnemonic => "misc.output";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        For t < tokens, j < group, y = t·group + j, e < d: A the INT64 at `src + 8·(y·d + e)`, Z that at
        `sums + 8·y`, v^ the binary32 at `valuemaxima + 4·y`: the binary32 at `out + t·outstride + 4·(j·d +
        e)` becomes o of docs/numerics.md §3 (0 where v^ = 0).
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _source, 32, "src", "scratch address of INT64");
        fields.Field(ref _sums, 32, "sums", "scratch address of INT64");
        fields.Field(ref _valueMaxima, 32, "valuemaxima", "scratch address of a binary32 per query row");
        fields.Field(ref _tokens, 16, "tokens", "tokens");
        fields.Field(ref _group, 8, "group", "query heads that share the KV head");
        fields.Field(ref _headDim, 16, "d", "elements of a head");
        fields.Field(ref _out, 32, "out", "scratch address of binary32 results");
        fields.Field(ref _outStride, 24, "outstride", "bytes between tokens");
    }
}
