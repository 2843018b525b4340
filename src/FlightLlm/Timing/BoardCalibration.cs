namespace Flightc.FlightLlm;

/// <summary>Fits the constants of an explanation to the two decode steps that were measured on a board.</summary>
/// <remarks>
/// <para>Each explanation has one constant of its own, the cost of a barrier or the latency of a load, which sets the level. The
/// slope from context 128 to 512 needs a second one whatever the explanation: the efficiency of loading keys and values. All
/// else is published. Two points fix two constants and test nothing.</para>
/// <para>Time grows with the cost and falls with the efficiency, so both are found by bisection: for every efficiency the cost
/// that gives the first time, and among those pairs the one that gives the second.</para>
/// </remarks>
public static class BoardCalibration
{
    private const double MostCost = 100e-6;
    private const double LeastEfficiency = 0.02;
    private const int Steps = 40;

    /// <summary>Fits one explanation.</summary>
    /// <param name="target">The machine; fits that it has are not looked at.</param>
    /// <param name="model">The model that was measured.</param>
    /// <param name="explanation">Which of the two.</param>
    /// <param name="measured">Two measurements, the shorter context first.</param>
    /// <exception cref="InvalidOperationException">No constants within their ranges (cost up to 100 µs, efficiency from 0.02 to 1) give
    /// the measurements.</exception>
    public static BoardFit Fit(
        PublishedTarget target, PublishedModel model, Explanation explanation, IReadOnlyList<BoardMeasurement> measured)
    {
        double low = LeastEfficiency;
        double high = 1;
        if (Error(low) < 0 || Error(high) > 0)
        {
            throw new InvalidOperationException($"{explanation}: no efficiency gives the measured slope");
        }

        for (int i = 0; i < Steps; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = Error(middle) > 0 ? (middle, high) : (low, middle);
        }

        return AtLevel((low + high) / 2);

        double Error(double efficiency) => Time(AtLevel(efficiency), measured[1].Context) - measured[1].Seconds;

        double Time(BoardFit fit, int context) =>
            new PublishedMachine(target, model, target.Recipe, PublishedOptions.None, fit).Decode(context).Seconds;

        BoardFit AtLevel(double efficiency)
        {
            double least = 0;
            double most = MostCost;
            for (int i = 0; i < Steps; i++)
            {
                double middle = (least + most) / 2;
                (least, most) = Time(Of(explanation, middle, efficiency), measured[0].Context) < measured[0].Seconds
                    ? (middle, most)
                    : (least, middle);
            }

            return Of(explanation, (least + most) / 2, efficiency);
        }
    }

    private static BoardFit Of(Explanation explanation, double cost, double efficiency) =>
        explanation == Explanation.BarrierCost
            ? new BoardFit(explanation, cost, 0, efficiency)
            : new BoardFit(explanation, 0, cost, efficiency);
}
