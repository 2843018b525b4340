namespace Flightc.Tests.Onnx.Evaluation;

/// <summary>What became of a node test.</summary>
internal enum NodeTestOutcome
{
    /// <summary>All outputs are right.</summary>
    Passed,

    /// <summary>It was refused with a code.</summary>
    Refused,

    /// <summary>An output is wrong.</summary>
    Failed,
}
