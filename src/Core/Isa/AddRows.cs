namespace Flightc.Isa;

/// <summary>Adds rows, or one vector, to rows in place: biases and learned positions.</summary>
public sealed class AddRows : Instruction
{
    private Operand _source, _stride, _out, _outStride, _count, _tokens;

    /// <summary>Scratch address of what is added.</summary>
    public Operand Source { get => _source; init => _source = value; }

    /// <summary>Bytes between tokens; 0 adds the same vector to all.</summary>
    public Operand Stride { get => _stride; init => _stride = value; }

    /// <summary>Scratch address of the binary32 that are added to.</summary>
    public Operand Out { get => _out; init => _out = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand OutStride { get => _outStride; init => _outStride = value; }

    /// <summary>Elements per token.</summary>
    public Operand Count { get => _count; init => _count = value; }

    /// <summary>Tokens.</summary>
    public Operand Tokens { get => _tokens; init => _tokens = value; }

    /// <inheritdoc/>
    public override int Opcode => 5;

    /// <inheritdoc/>
    public override int Mode => 7;

    /// <inheritdoc/>
    public override string Mnemonic => "misc.add";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        For t < tokens, i < count: the binary32 at `out + t·outstride + 4·i` becomes itself + the one at
        `src + t·stride + 4·i`.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _source, 32, "src", "scratch address of what is added");
        fields.Field(ref _stride, 24, "stride", "bytes between tokens; 0 to add the same to all");
        fields.Field(ref _out, 32, "out", "scratch address of what is added to");
        fields.Field(ref _outStride, 24, "outstride", "bytes between tokens");
        fields.Field(ref _count, 24, "count", "elements per token");
        fields.Field(ref _tokens, 16, "tokens", "tokens");
    }
}
