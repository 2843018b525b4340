namespace Flightc.IR;

/// <summary>Which operator an <see cref="Op"/> is; stages switch over this without a default arm.</summary>
public enum OpKind
{
    /// <summary><see cref="IR.Embedding"/></summary>
    Embedding,

    /// <summary><see cref="IR.RmsNorm"/></summary>
    RmsNorm,

    /// <summary><see cref="IR.Linear"/></summary>
    Linear,

    /// <summary><see cref="IR.RotaryEmbedding"/></summary>
    RotaryEmbedding,

    /// <summary><see cref="IR.Attention"/></summary>
    Attention,

    /// <summary><see cref="IR.Activation"/></summary>
    Activation,

    /// <summary><see cref="IR.Mul"/></summary>
    Mul,

    /// <summary><see cref="IR.Add"/></summary>
    Add,

    /// <summary><see cref="IR.GatedActivation"/></summary>
    GatedActivation,

    /// <summary><see cref="IR.LayerNorm"/></summary>
    LayerNorm,

    /// <summary><see cref="IR.AddPositions"/></summary>
    AddPositions,

    /// <summary><see cref="IR.SoftCap"/></summary>
    SoftCap,

    /// <summary><see cref="IR.Quantize"/></summary>
    Quantize,

    /// <summary><see cref="IR.RmsNormQuantize"/></summary>
    RmsNormQuantize,

    /// <summary><see cref="IR.RotaryQuantize"/></summary>
    RotaryQuantize,

    /// <summary><see cref="IR.QuantizeHeads"/></summary>
    QuantizeHeads,
}

/// <summary>
/// An operator with its attributes. Operands belong to the <see cref="Node"/>, weights are operands too.
/// </summary>
/// <remarks>
/// Each operator says its formula, its operands and the shapes it accepts; what it computes once activations
/// are quantised is docs/numerics.md §3.
/// </remarks>
public abstract record Op
{
    /// <summary>Which operator this is.</summary>
    public abstract OpKind Kind { get; }

    /// <summary>The name in the text of a graph, such as <c>rms_norm</c>.</summary>
    public abstract string Mnemonic { get; }

    /// <summary>The type of the result, or the sentence that says why the operands do not fit.</summary>
    public abstract TypeOrError Infer(ReadOnlySpan<TensorType> operands);
}

/// <summary>The result of inference: a type, or one sentence that says what is wrong.</summary>
public readonly record struct TypeOrError(TensorType? Type, string? Error)
{
    /// <summary>Success.</summary>
    public static implicit operator TypeOrError(TensorType type) => new(type, null);

    /// <summary>Failure.</summary>
    public static implicit operator TypeOrError(string error) => new(null, error);
}
