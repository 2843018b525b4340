namespace Flightc.Isa;

/// <summary>Layer norms and RMS norms with binary32 results, of whole rows or of every head of a row.</summary>
public sealed class NormalizeRows : Instruction
{
    private Operand _source, _stride, _out, _outStride, _count, _heads, _tokens, _weight, _bias, _biased, _layer, _epsilon;

    /// <summary>Scratch address.</summary>
    public Operand Source { get => _source; init => _source = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand Stride { get => _stride; init => _stride = value; }

    /// <summary>Scratch address of binary32 results; may be <see cref="Source"/>.</summary>
    public Operand Out { get => _out; init => _out = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand OutStride { get => _outStride; init => _outStride = value; }

    /// <summary>Elements that are normed together.</summary>
    public Operand Count { get => _count; init => _count = value; }

    /// <summary>Norms per token, one after another.</summary>
    public Operand Heads { get => _heads; init => _heads = value; }

    /// <summary>Tokens.</summary>
    public Operand Tokens { get => _tokens; init => _tokens = value; }

    /// <summary>Scratch address of <see cref="Count"/> binary32, the same for all heads.</summary>
    public Operand Weight { get => _weight; init => _weight = value; }

    /// <summary>Scratch address of as many binary32.</summary>
    public Operand Bias { get => _bias; init => _bias = value; }

    /// <summary>1 to add <see cref="Bias"/>.</summary>
    public Operand Biased { get => _biased; init => _biased = value; }

    /// <summary>1 for a layer norm, which subtracts the mean; 0 for an RMS norm.</summary>
    public Operand Layer { get => _layer; init => _layer = value; }

    /// <summary>binary32 bits.</summary>
    public Operand Epsilon { get => _epsilon; init => _epsilon = value; }

    /// <inheritdoc/>
    public override int Opcode => 5;

    /// <inheritdoc/>
    public override int Mode => 8;

    /// <inheritdoc/>
    public override string Mnemonic => "misc.norm";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        For t < tokens, h < heads, x the `count` binary32 at `src + t·stride + 4·h·count`, w and b those at
        `weight` and `bias`: the `count` binary32 at `out + t·outstride + 4·h·count` become RmsNorm of docs/numerics.md
        §3, or LayerNorm where `layer` is 1, with e = `epsilon`; b is added where `biased` is 1. `out` may be `src`
        with the same stride: all of x is read before the first result is written.
        """;

    /// <summary>Whether results take the place of what they are made of.</summary>
    /// <remarks>Of an instruction whose fields are constants.</remarks>
    internal bool IsInPlace =>
        Source.Constant == Out.Constant && (Stride.Constant == OutStride.Constant || Tokens.Constant <= 1);

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _source, 32, "src", "scratch address");
        fields.Field(ref _stride, 24, "stride", "bytes between tokens");
        fields.Field(ref _out, 32, "out", "scratch address of binary32 results");
        fields.Field(ref _outStride, 24, "outstride", "bytes between tokens");
        fields.Field(ref _count, 24, "count", "elements that are normed together");
        fields.Field(ref _heads, 16, "heads", "norms per token, one after another");
        fields.Field(ref _tokens, 16, "tokens", "tokens");
        fields.Field(ref _weight, 32, "weight", "scratch address of binary32 weights, the same for all heads");
        fields.Field(ref _bias, 32, "bias", "scratch address of binary32 biases, the same for all heads");
        fields.Field(ref _biased, 1, "biased", "1 to add the biases");
        fields.Field(ref _layer, 1, "layer", "1 to subtract the mean");
        fields.Field(ref _epsilon, 32, "epsilon", "binary32 bits");
    }
}
