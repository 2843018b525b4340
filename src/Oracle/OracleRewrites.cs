namespace Flightc.Oracle;

/// <summary>What an oracle may change of a model before it runs it. The numbers are those of ONNX Runtime's <c>GraphOptimizationLevel</c>.</summary>
public enum OracleRewrites
{
    /// <summary>Nothing: every node is executed as the file has it.</summary>
    None = 0,

    /// <summary>What changes no result: constants are folded, what has no effect is removed.</summary>
    Basic = 1,

    /// <summary>Everything, operators of its own in place of several standard ones among it.</summary>
    All = 99,
}
