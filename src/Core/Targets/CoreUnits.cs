namespace Flightc.Targets;

/// <summary>What every core of a machine has.</summary>
/// <param name="ScratchBytes">Memory for activations, scores and partial results.</param>
/// <param name="Matrix">The matrix engine.</param>
/// <param name="SpecialLanes">Lanes of the special-function unit; each gives one result per cycle, whatever
/// the function.</param>
/// <param name="ExchangeBytesPerCycle">What the exchange unit sends to the other cores in a cycle.</param>
public sealed record CoreUnits(long ScratchBytes, MatrixEngine Matrix, int SpecialLanes, int ExchangeBytesPerCycle);
