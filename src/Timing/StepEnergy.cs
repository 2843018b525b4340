namespace Flightc.Timing;

/// <summary>Energy of a step in joules, by part; an estimate from the target's constants.</summary>
/// <param name="Hbm">Moving bytes between HBM and cores.</param>
/// <param name="Ddr">Moving bytes between DDR and cores.</param>
/// <param name="Matrix">Multiply-accumulates.</param>
/// <param name="Scratch">Reading and writing scratch and rings.</param>
/// <param name="Static">What the card takes whatever it does.</param>
public readonly record struct StepEnergy(double Hbm, double Ddr, double Matrix, double Scratch, double Static)
{
    /// <summary>The sum.</summary>
    public double Total => Hbm + Ddr + Matrix + Scratch + Static;

    /// <summary>The sums, part by part.</summary>
    public static StepEnergy operator +(StepEnergy left, StepEnergy right) => new(
        left.Hbm + right.Hbm, left.Ddr + right.Ddr, left.Matrix + right.Matrix, left.Scratch + right.Scratch,
        left.Static + right.Static);

    /// <summary>So many times the same.</summary>
    public static StepEnergy operator *(StepEnergy energy, double times) => new(
        energy.Hbm * times, energy.Ddr * times, energy.Matrix * times, energy.Scratch * times,
        energy.Static * times);
}
