namespace Flightc.Onnx.Evaluation;

/// <summary>What becomes of the elements of a row.</summary>
internal enum Reduction
{
    /// <summary>The sum of sizes.</summary>
    L1,

    /// <summary>The root of the sum of squares.</summary>
    L2,

    /// <summary>The logarithm of the sum.</summary>
    LogSum,

    /// <summary>The logarithm of the sum of exponentials.</summary>
    LogSumExp,

    /// <summary>The largest.</summary>
    Max,

    /// <summary>The mean.</summary>
    Mean,

    /// <summary>The smallest.</summary>
    Min,

    /// <summary>The product.</summary>
    Prod,

    /// <summary>The sum.</summary>
    Sum,

    /// <summary>The sum of squares.</summary>
    SumSquare,
}
