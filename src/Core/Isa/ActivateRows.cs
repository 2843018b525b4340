namespace Flightc.Isa;

/// <summary>A function of every element of rows; with gates, times what it gates.</summary>
public sealed class ActivateRows : Instruction
{
    /// <summary>Number of <c>cap</c> in <see cref="Function"/>; the others are those of
    /// <see cref="IR.ActivationFunction"/>.</summary>
    public const int Cap = 15;

    private Operand _source, _stride, _count, _tokens, _out, _outStride, _function, _gated, _value;

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

    /// <summary>A number of <see cref="IR.ActivationFunction"/>, or <see cref="Cap"/>.</summary>
    public Operand Function { get => _function; init => _function = value; }

    /// <summary>1 where gate and up lie in alternating blocks of 16, 0 for plain rows.</summary>
    public Operand Gated { get => _gated; init => _gated = value; }

    /// <summary>binary32 bits of the c of <c>cap</c>; 0 for other functions.</summary>
    public Operand Value { get => _value; init => _value = value; }

    /// <inheritdoc/>
    public override int Opcode => 5;

    /// <inheritdoc/>
    public override int Mode => 6;

    /// <inheritdoc/>
    public override string Mnemonic => "misc.activate";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        f is the function of docs/numerics.md §1.2 that `function` numbers: 0 silu, 1 gelu, 2 gelu_tanh, 3 relu,
        4 quick_gelu, 15 cap with c = `value`. If `gated` is 0, for t < tokens, i < count: with x the binary32 at
        `src + t·stride + 4·i`, the binary32 at `out + t·outstride + 4·i` becomes f(x); `out` may be `src` with the
        same stride. If `gated` is 1 (not with cap): with g the binary32 at `src + t·stride +
        4·(32·(i div 16) + i mod 16)` and u the one 64 bytes on, it becomes f(g) × u.
        """;

    /// <summary>Whether results take the place of what they are made of.</summary>
    /// <remarks>Of an instruction whose fields are constants.</remarks>
    internal bool IsInPlace => Gated.Constant == 0 && Source.Constant == Out.Constant
        && (Stride.Constant == OutStride.Constant || Tokens.Constant <= 1);

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _source, 32, "src", "scratch address");
        fields.Field(ref _stride, 24, "stride", "bytes between tokens");
        fields.Field(ref _count, 24, "count", "results per token");
        fields.Field(ref _tokens, 16, "tokens", "tokens");
        fields.Field(ref _out, 32, "out", "scratch address of binary32 results");
        fields.Field(ref _outStride, 24, "outstride", "bytes between tokens");
        fields.Field(ref _function, 4, "function", "0 silu, 1 gelu, 2 gelu_tanh, 3 relu, 4 quick_gelu, 15 cap");
        fields.Field(ref _gated, 1, "gated", "1 for gate and up in alternating blocks of 16");
        fields.Field(ref _value, 32, "value", "binary32 bits of c; 0 save for cap");
    }
}
