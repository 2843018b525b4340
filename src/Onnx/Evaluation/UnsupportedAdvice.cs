namespace Flightc.Onnx.Evaluation;

/// <summary>Operators that exist and are not supported, and what a user can do about them.</summary>
internal static class UnsupportedAdvice
{
    /// <summary>Groups of operators with one answer.</summary>
    public static IReadOnlyList<(string[] Operators, string Advice)> Groups { get; } =
    [
        (["Loop", "Scan"], "export the model without loops: one forward pass over all tokens, as dynamo and optimum do"),
        (["ConcatFromSequence", "Optional", "OptionalGetElement", "OptionalHasElement", "SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert",
            "SequenceLength", "SequenceMap", "SplitToSequence"], "export the model with tensors in place of sequences and optional values"),
        (["MoE", "QMoE"], "mixtures of experts are not supported; use a dense model"),
        (["PagedAttention", "SparseAttention"], "build the model with GroupQueryAttention"),
        (["MatMulBlockQuantizedFp8Weight", "MatMulBnb4"], "quantise with MatMulNBits, or bring the model in 16 bits"),
        (["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"],
            "export the model in evaluation mode: its results must not be random"),
        (["RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer"], "export the model without its tokenizer"),
    ];

    /// <summary>What would help; a general answer for operators nobody has met.</summary>
    public static string For(string opType) =>
        Groups.FirstOrDefault(g => g.Operators.Contains(opType)).Advice
        ?? "export with an exporter's decomposition of this operator; docs/onnx-operators.md lists what is supported";
}
