using Flightc.Compression;
using Flightc.Passes.Compression;

namespace Flightc.Tests.Compression;

public sealed class EffectiveMomentsTests
{
    private const int Rows = 12;
    private const int Columns = 9;

    [Fact]
    public void A_matrix_that_is_only_multiplied_has_its_own_moments()
    {
        WeightStatistics statistics = MadeUpProblem.Of(Rows, Columns, 1).Statistics;
        (float[] input, float[] output) = EffectiveMoments.Of(statistics);

        Assert.Same(statistics.InputMoment, input);
        Assert.Same(statistics.OutputMoment, output);
    }

    [Fact]
    public void An_embedding_that_is_no_head_counts_by_its_lookups()
    {
        WeightStatistics both = MadeUpProblem.Of(Rows, Columns, 2, isLookedUp: true).Statistics;
        WeightStatistics statistics = new()
        {
            Role = "w", Rows = Rows, Columns = Columns, Tokens = 10, InputMoment = [], InputLargest = [], OutputMoment = [],
            LookupMoment = both.LookupMoment, LookupShares = both.LookupShares,
        };
        (float[] input, float[] output) = EffectiveMoments.Of(statistics);

        Assert.Same(both.LookupMoment, input);
        Assert.Same(both.LookupShares, output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_tied_matrix_has_a_product_whose_partial_traces_are_those_of_the_sum(bool isWhole)
    {
        WeightStatistics s = MadeUpProblem.Of(Rows, Columns, 3, isWhole, isLookedUp: true).Statistics;
        (float[] input, float[] output) = EffectiveMoments.Of(s);
        double inputTrace = Trace(input, Columns), outputTrace = Trace(output, Rows);
        double ofInput = Trace(s.OutputMoment, Rows), ofLookup = s.LookupShares.Sum(x => (double)x);

        // Over rows: tr(G) · A + Σs · B.
        for (int i = 0; i < input.Length; i++)
        {
            Assert.Equal((ofInput * s.InputMoment[i]) + (ofLookup * s.LookupMoment[i]), outputTrace * input[i], 1e-5 * outputTrace * inputTrace);
        }

        // Over columns: tr(A) · G + tr(B) · diag(s).
        for (int i = 0; i < output.Length; i++)
        {
            bool isDiagonal = !isWhole || i % (Rows + 1) == 0;
            double share = isDiagonal ? s.LookupShares[isWhole ? i / (Rows + 1) : i] : 0;
            Assert.Equal(
                (Trace(s.InputMoment, Columns) * s.OutputMoment[i]) + (Trace(s.LookupMoment, Columns) * share), inputTrace * output[i], 1e-5 * outputTrace * inputTrace);
        }
    }

    [Fact]
    public void Moments_of_0_leave_the_other_use()
    {
        WeightStatistics s = MadeUpProblem.Of(Rows, Columns, 4, isLookedUp: true).Statistics;
        WeightStatistics unseen = new()
        {
            Role = "w", Rows = Rows, Columns = Columns, Tokens = 10, InputMoment = s.InputMoment, InputLargest = s.InputLargest, OutputMoment = s.OutputMoment,
            LookupMoment = new float[Columns * Columns], LookupShares = s.LookupShares,
        };
        (float[] input, float[] output) = EffectiveMoments.Of(unseen);

        Assert.Equal(s.InputMoment, input);
        Assert.Equal(s.OutputMoment, output);
    }

    private static double Trace(float[] matrix, int size) =>
        matrix.Length == size ? matrix.Sum(x => (double)x) : MadeUpProblem.Diagonal(matrix, size).Sum(x => (double)x);
}
