namespace Flightc.Isa;

/// <summary>SwiGLU of gate and up, which lie in alternating blocks of 16.</summary>
public sealed class GateRows : Instruction
{
    private Operand _source, _stride, _count, _tokens, _out, _outStride;

    /// <summary>Scratch address.</summary>
    public Operand Source { get => _source; init => _source = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand Stride { get => _stride; init => _stride = value; }

    /// <summary>Results per token.</summary>
    public Operand Count { get => _count; init => _count = value; }

    /// <summary>Tokens.</summary>
    public Operand Tokens { get => _tokens; init => _tokens = value; }

    /// <summary>Scratch address of binary32 results.</summary>
    public Operand Out { get => _out; init => _out = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand OutStride { get => _outStride; init => _outStride = value; }

    /// <inheritdoc/>
    public override int Opcode => 5;

    /// <inheritdoc/>
    public override int Mode => 6;

    /// <inheritdoc/>
    public override string Mnemonic => "misc.swiglu";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        For t < tokens, i < count: with g the binary32 at `src + t·stride + 4·(32·(i div 16) + i mod 16)`
        and u the one 64 bytes on, the binary32 at `out + t·outstride + 4·i` becomes `silu(g) × u`.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _source, 32, "src", "scratch address");
        fields.Field(ref _stride, 24, "stride", "bytes between tokens");
        fields.Field(ref _count, 24, "count", "results per token");
        fields.Field(ref _tokens, 16, "tokens", "tokens");
        fields.Field(ref _out, 32, "out", "scratch address of binary32 results");
        fields.Field(ref _outStride, 24, "outstride", "bytes between tokens");
    }
}
