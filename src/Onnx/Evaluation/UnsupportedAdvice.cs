namespace Flightc.Onnx.Evaluation;

/// <summary>What a user can do about operators that exist and are not supported.</summary>
internal static class UnsupportedAdvice
{
    /// <summary>What would help; a general answer for operators nobody has met.</summary>
    public static string For(string opType) => opType switch
    {
        "Loop" or "Scan" => "export the model without loops: one forward pass over all tokens, as dynamo and optimum do",
        "SequenceConstruct" or "SequenceEmpty" or "SequenceInsert" or "SequenceAt" or "SequenceErase" or "SequenceLength" or "SequenceMap" or "ConcatFromSequence"
            or "SplitToSequence" or "Optional" or "OptionalGetElement" or "OptionalHasElement" => "export the model with tensors in place of sequences and optional values",
        "QMoE" or "MoE" => "mixtures of experts are not supported; use a dense model",
        "PagedAttention" or "SparseAttention" => "build the model with GroupQueryAttention",
        "MatMulBnb4" or "MatMulBlockQuantizedFp8Weight" => "quantise with MatMulNBits, or bring the model in 16 bits",
        "RandomNormal" or "RandomUniform" or "RandomNormalLike" or "RandomUniformLike" or "Bernoulli" or "Multinomial" =>
            "export the model in evaluation mode: its results must not be random",
        "StringConcat" or "StringSplit" or "StringNormalizer" or "RegexFullMatch" or "TfIdfVectorizer" => "export the model without its tokenizer",
        _ => "export with an exporter's decomposition of this operator; docs/onnx-operators.md lists what is supported",
    };
}
