namespace Flightc.Passes.Migration;

/// <summary>What a model is predicted to lose at one value with factors for its features: by storing the matrices that read it, by the
/// value's INT8 codes, and by those of the KV cache where attention gives it.</summary>
internal sealed class ScaleLoss
{
    private const double LargestCode = 127;

    // 1·3·5·7: the eighth moment of a normal distribution.
    private const double EighthMoment = 105;

    private readonly MigrationSite _site;
    private readonly IReadOnlyList<ScaledMatrix> _readers;
    private readonly double[]? _cache;
    private readonly double[] _cost;
    private readonly int _threads;

    /// <param name="site">The value.</param>
    /// <param name="readers">The matrices that read it.</param>
    /// <param name="cache">Mean squares of what is kept in the KV cache, by factor; null where nothing is.</param>
    /// <param name="threads">The most threads to use; -1 for as many as there are processors.</param>
    public ScaleLoss(MigrationSite site, IReadOnlyList<ScaledMatrix> readers, double[]? cache, int threads)
    {
        (_site, _readers, _cache, _threads) = (site, readers, cache, threads);
        int features = site.Features;
        _cost = [.. Enumerable.Range(0, features).Select(k => readers.Sum(r => r.InputCost[k]))];
        MeanSquares = [.. Enumerable.Range(0, features).Select(k => Math.Max(0.0, readers[0].Statistics.InputMoment[(k * features) + k]))];
        Largest = [.. readers[0].Statistics.InputLargest.Select(x => (double)x)];
        WeightLargest = [.. Enumerable.Range(0, features).Select(k => readers.Max(r => r.ColumnLargest[k]))];
    }

    /// <summary>Mean x² of each feature.</summary>
    public double[] MeanSquares { get; }

    /// <summary>Largest |x| of each feature.</summary>
    public double[] Largest { get; }

    /// <summary>Largest |w| that reads each feature.</summary>
    public double[] WeightLargest { get; }

    /// <summary>The loss, in nats per token.</summary>
    /// <param name="factors">One for each element or row of what makes the value; weights are multiplied, values divided.</param>
    public double Of(double[] factors)
    {
        double[] byFeature = [.. Enumerable.Range(0, _site.Features).Select(k => factors[_site.FactorOf(k)])];
        double loss = CodeLoss(byFeature);
        if (_cache is not null)
        {
            loss += CacheLoss(factors);
        }

        return loss + _readers.Sum(r => r.StoringLoss(byFeature, _threads));
    }

    // Codes of a token have one step, by its largest value; errors are spread evenly over a step.
    private double CodeLoss(double[] factors)
    {
        double sum = 0, cost = 0;
        for (int k = 0; k < factors.Length; k++)
        {
            double square = MeanSquares[k] / (factors[k] * factors[k]), largest = Largest[k] / factors[k];
            sum += EighthPower(square, largest * largest);
            cost += factors[k] * factors[k] * _cost[k];
        }

        return StepVariance(sum) * cost / 2;
    }

    // As if attention looked at one token: the errors of several are smaller.
    private double CacheLoss(double[] factors)
    {
        int head = _site.HeadDim;
        double loss = 0;
        for (int start = 0; start < factors.Length; start += head)
        {
            double sum = 0, cost = 0;
            for (int i = start; i < start + head; i++)
            {
                sum += EighthPower(_cache![i] / (factors[i] * factors[i]), double.PositiveInfinity);
            }

            for (int k = 0; k < _site.Features; k++)
            {
                int i = _site.FactorOf(k);
                cost += i >= start && i < start + head ? factors[i] * factors[i] * _cost[k] : 0;
            }

            loss += StepVariance(sum) * cost / 2;
        }

        return loss;
    }

    // E x⁸ of a normal distribution, or of what never exceeds its largest value where that is less.
    private static double EighthPower(double square, double largestSquare) =>
        Math.Min(EighthMoment * square * square * square * square, square * largestSquare * largestSquare * largestSquare);

    // The mean square of the largest value is at most the fourth root of Σ E x⁸ (Jensen); the variance of an even error is step²/12.
    private static double StepVariance(double eighths) => Math.Sqrt(Math.Sqrt(eighths)) / (LargestCode * LargestCode * 12);
}
