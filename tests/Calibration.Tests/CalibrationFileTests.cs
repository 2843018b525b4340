using Flightc.Calibration;
using Flightc.Compression;

namespace Flightc.Tests;

public sealed class CalibrationFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Statistics_survive_a_file_with_every_bit()
    {
        TinyModel model = new();
        using CalibrationStatistics written = CalibrationRun.Collect(
            model.Graph, model, TinyModel.Windows(3, 9, 5, 1), new CalibrationOptions { Seed = 7, MaxWholeOutputMoment = 16 }, null, TestContext.Current.CancellationToken);
        CalibrationFile.Write(_folder["a"], written);
        using CalibrationStatistics read = CalibrationFile.Read(_folder["a"]);
        Assert.Equal((written.ModelHash, 15L), (read.ModelHash, read.Tokens));
        Assert.Equal(written.Parts, read.Parts);
        Assert.Equal(written.Matrices, read.Matrices);
        foreach (CalibratedMatrix matrix in read.Matrices)
        {
            Assert.Equal(written.Read(matrix.InputMoment), read.Read(matrix.InputMoment));
            WeightStatistics a = written.Find(matrix.Role)!, b = read.Find(matrix.Role)!;
            Assert.Equal(a.OutputMoment, b.OutputMoment);
            Assert.Equal(a.LookupMoment, b.LookupMoment);
            Assert.Equal(a.LookupShares, b.LookupShares);
            Assert.Equal(a.InputLargest, b.InputLargest);
            Assert.Equal((a.Rows, a.Columns, a.HasWholeOutputMoment), (b.Rows, b.Columns, b.HasWholeOutputMoment));
        }
    }

    [Fact]
    public void Matrices_that_read_one_value_share_its_moment()
    {
        TinyModel model = new();
        using CalibrationStatistics written = CalibrationRun.Collect(
            model.Graph, model, TinyModel.Windows(3, 9), new CalibrationOptions(), null, TestContext.Current.CancellationToken);
        CalibrationFile.Write(_folder["a"], written);
        using CalibrationStatistics read = CalibrationFile.Read(_folder["a"]);
        WeightStatistics q = read.Find("layers.0.attn.q.weight")!, k = read.Find("layers.0.attn.k.weight")!;
        Assert.Same(q.InputMoment, k.InputMoment);
        Assert.NotSame(q.InputMoment, read.Find("layers.1.attn.k.weight")!.InputMoment);
    }
}
