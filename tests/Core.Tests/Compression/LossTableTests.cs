using Flightc.Compression;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Tests.Compression;

public sealed class LossTableTests
{
    private static readonly QuantizedFormat Dense = new(4, 64), Sparse = new(3, 128, new Sparsity(8, 16));

    [Fact]
    public void What_is_written_is_read_back_to_the_last_bit()
    {
        using TemporaryFolder folder = new();
        (string, QuantizedFormat, double)[] losses =
            [("layers.0.attn.q.weight", Dense, 0.1 + 0.2), ("layers.0.attn.q.weight", Sparse, double.Epsilon), ("head.weight", Dense, 1e300)];

        LossTable table = LossTable.Read(folder.Write("losses.csv", LossTable.Text(losses)));

        Assert.All(losses, loss => Assert.Equal(loss.Item3, table.LossOf(loss.Item1, loss.Item2)));
        Assert.Equal([Dense, Sparse], table.FormatsOf("layers.0.attn.q.weight"));
        Assert.Empty(table.FormatsOf("layers.1.attn.q.weight"));
    }

    [Fact]
    public void A_loss_that_is_missing_is_told_with_weight_and_format()
    {
        using TemporaryFolder folder = new();
        LossTable table = LossTable.Read(folder.Write("losses.csv", LossTable.Text([("head.weight", Dense, 1)])));

        Diagnostic only = Assert.Single(Assert.Throws<CompilationException>(() => table.LossOf("head.weight", Sparse)).Diagnostics);
        Assert.Equal((Codes.LossTableInvalid, "there is no loss of 'head.weight' in the format '3g128 8:16'"), (only.Code, only.Message));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("role,format\n", 1)]
    [InlineData("role,format,loss\nhead.weight,4g64\n", 2)]
    [InlineData("role,format,loss\nhead.weight,4g64,1,2\n", 2)]
    [InlineData("role,format,loss\n\nhead.weight,4g48,1\n", 3)]
    [InlineData("role,format,loss\nhead.weight,4g64,-1\n", 2)]
    [InlineData("role,format,loss\nhead.weight,4g64,NaN\n", 2)]
    [InlineData("role,format,loss\nhead.weight,4g64,1 nat\n", 2)]
    [InlineData("role,format,loss\nhead.weight,4g64,1\nhead.weight,4g64,1\n", 3)]
    public void A_file_that_is_no_table_is_refused_with_its_line(string text, int line)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("losses.csv", text);

        Diagnostic only = Assert.Single(Assert.Throws<CompilationException>(() => LossTable.Read(path)).Diagnostics);

        Assert.Equal((Codes.LossTableInvalid, $"{path}:{line}"), (only.Code, only.Location));
    }

    [Fact]
    public void Of_many_wrong_lines_some_are_told_at_once()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("losses.csv", "role,format,loss\n" + string.Concat(Enumerable.Repeat("x\n", 1000)));

        Assert.Equal(20, Assert.Throws<CompilationException>(() => LossTable.Read(path)).Diagnostics.Count);
    }

    [Fact]
    public void Ends_of_lines_may_be_those_of_another_system()
    {
        using TemporaryFolder folder = new();

        Assert.Equal(2.5, LossTable.Read(folder.Write("losses.csv", "role,format,loss\r\nhead.weight,4g64,2.5\r\n")).LossOf("head.weight", Dense));
    }
}
