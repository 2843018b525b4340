namespace Flightc.Calibration;

/// <summary>What can be told of a moment at a glance.</summary>
/// <param name="Trace">Sum of the diagonal: the mean squared length of the vectors.</param>
/// <param name="Dead">Elements that were always 0.</param>
/// <param name="EffectiveRank">
/// <c>tr(M)² ÷ ‖M‖²</c>, between 1 and the number of elements: how many directions carry the moment. Few mean that it is ill-conditioned.
/// NaN where only the diagonal is known, or all of it is 0.
/// </param>
public sealed record MomentSummary(double Trace, int Dead, double EffectiveRank)
{
    /// <summary>Looks at a moment.</summary>
    /// <param name="moment">(n, n), or its diagonal (n).</param>
    /// <param name="side">n</param>
    public static MomentSummary Of(ReadOnlySpan<float> moment, int side)
    {
        bool isWhole = side == 1 || moment.Length > side;
        double trace = 0, squares = 0;
        int dead = 0;
        for (int i = 0; i < side; i++)
        {
            float element = moment[isWhole ? (i * side) + i : i];
            trace += element;
            dead += element == 0 ? 1 : 0;
        }

        foreach (float element in moment)
        {
            squares += (double)element * element;
        }

        return new MomentSummary(trace, dead, isWhole && squares > 0 ? trace * trace / squares : double.NaN);
    }
}
