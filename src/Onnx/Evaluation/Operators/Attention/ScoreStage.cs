namespace Flightc.Onnx.Evaluation;

/// <summary>Which scores an attention gives out; the numbers are those of <c>qk_matmul_output_mode</c>.</summary>
internal enum ScoreStage
{
    /// <summary>Scaled products of queries and keys.</summary>
    Raw = 0,

    /// <summary>Then capped.</summary>
    Capped = 1,

    /// <summary>Then with masks and biases added.</summary>
    Biased = 2,

    /// <summary>What the softmax makes of them.</summary>
    Softmax = 3,
}
