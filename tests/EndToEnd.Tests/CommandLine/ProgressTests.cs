using Flightc.Cli.Compiling;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;

namespace Flightc.Tests;

public sealed class ProgressTests
{
    [Theory]
    [InlineData(0, 10, "--:--")]
    [InlineData(0.5, 0.5, "--:--")]
    [InlineData(0.5, 10, "00:10 left")]
    [InlineData(0.25, 60, "03:00 left")]
    [InlineData(0.01, 600, "16:30:00 left")]
    [InlineData(1, 600, "00:00 left")]
    [InlineData(1e-9, 1e9, "2376:00:00 left")]
    public void The_time_left_follows_from_what_is_done(double share, double seconds, string words) =>
        Assert.Equal(words, TimeLeftColumn.Text(share, TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void A_part_of_a_compilation_says_how_fast_it_was()
    {
        Assert.Equal("tile: 1.50 s", new PassTime("tile", TimeSpan.FromSeconds(1.5)).ToString());
        Assert.Equal("reading: 2.00 s, 4.00 MiB, 2.00 MiB/s, hashed", new PassTime("reading", TimeSpan.FromSeconds(2), 4 << 20, "hashed").ToString());
        Assert.Equal("reading: 0.00 s", new PassTime("reading", TimeSpan.Zero, 4 << 20).ToString());
    }

    [Fact]
    public void Notes_are_told_in_the_order_of_the_weights_whenever_they_came()
    {
        WeightNotes notes = new();
        Parallel.ForEach((string[])["c", "a", "b"], role => notes.Add(role, "is rounded"));
        notes.Add("b", "is dead");
        notes.Add("a", "is rounded");
        DiagnosticBag bag = new();
        notes.ReportTo(bag, ["a", "b", "c"]);
        Assert.Equal(
            [("a", "is rounded; the same holds for 2 more weights"), ("b", "is dead")], bag.Items.Select(n => (n.Location, n.Message)));
    }
}
