using Flightc.Backend;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Schedules;

namespace Flightc.Tests;

public sealed class RowTallyTests
{
    [Fact]
    public void Rows_that_are_all_packed_once_are_accepted_in_any_order()
    {
        RowTally tally = new();
        tally.Add(Rows("w", 16, 9), 25);
        tally.Add(Rows("v", 0, 3), 3);
        tally.Add(Rows("w", 0, 16), 25);

        tally.RequireWhole();
    }

    [Theory]
    [InlineData(16, 8, "row 24 is in the weight streams 0 times")]
    [InlineData(15, 10, "row 15 is in the weight streams 2 times")]
    public void A_row_that_is_missing_or_there_twice_is_named_with_its_matrix(int first, int count, string message)
    {
        RowTally tally = new();
        tally.Add(Rows("v", 0, 3), 3);
        tally.Add(Rows("w", 0, 16), 25);
        tally.Add(Rows("w", first, count), 25);

        CompilationException error = Assert.Throws<CompilationException>(tally.RequireWhole);

        Assert.Equal((Codes.Internal, "w"), (error.Diagnostics[0].Code, error.Diagnostics[0].Location));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static WeightRows Rows(string weight, int first, int count) => new(weight, first, count, new QuantizedFormat(4, 64));
}
