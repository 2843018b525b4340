namespace Flightc.Targets;

/// <summary>What work costs in energy: estimates, with their sources in the target's file.</summary>
/// <param name="HbmJoulesPerByte">A byte between HBM and a core.</param>
/// <param name="DdrJoulesPerByte">A byte between DDR and a core.</param>
/// <param name="MacJoules">An INT8 multiply-accumulate of the matrix engine.</param>
/// <param name="ScratchJoulesPerByte">A byte read from or written to scratch or a ring.</param>
/// <param name="StaticWatts">Power of the whole card that does not depend on the work.</param>
public sealed record EnergyConstants(
    double HbmJoulesPerByte, double DdrJoulesPerByte, double MacJoules, double ScratchJoulesPerByte,
    double StaticWatts);
