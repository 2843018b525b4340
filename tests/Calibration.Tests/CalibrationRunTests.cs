using System.Buffers.Binary;
using Flightc.Calibration;
using Flightc.Compression;
using Flightc.Diagnostics;

namespace Flightc.Tests;

public sealed class CalibrationRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true, 1, 4096)]
    [InlineData(false, 1, 4096)]
    [InlineData(true, 3, 16)]
    public void Segments_give_the_bits_of_a_run_that_holds_everything(bool isTied, int draws, int maxWhole)
    {
        TinyModel model = new(5, layers: 3, isTied);
        int[][] windows = TinyModel.Windows(2, 13, 2, 30, 1, 7);
        CalibrationOptions options = new() { Seed = 42, Draws = draws, MaxWholeOutputMoment = maxWhole, Scratch = _folder.Root };
        Dictionary<string, float[]> expected = WholeModelRun.Collect(model, windows, options);
        using CalibrationStatistics found = CalibrationRun.Collect(model.Graph, model, windows, options, null, TestContext.Current.CancellationToken);
        string[] names = [.. CalibrationFile.TensorsOf(found.Matrices).Select(t => t.Name)];
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        Assert.All(names, name => Assert.Equal(expected[name], found.Read(name)));
        Assert.Empty(_folder.Files);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_draws_input_moments_are_the_same_and_there_are_no_others(bool isTied)
    {
        TinyModel model = new(5, layers: 2, isTied);
        int[][] windows = TinyModel.Windows(2, 13, 2, 30);
        using CalibrationStatistics with = Collect(model, windows, new CalibrationOptions());
        using CalibrationStatistics without = Collect(model, windows, new CalibrationOptions { Draws = 0 });
        Assert.True(with.HasDerivatives);
        Assert.False(without.HasDerivatives);
        foreach (CalibratedMatrix matrix in with.Matrices)
        {
            WeightStatistics x = with.Find(matrix.Role)!, y = without.Find(matrix.Role)!;
            Assert.Equal(x.InputMoment, y.InputMoment);
            Assert.Equal(x.InputLargest, y.InputLargest);
            Assert.Equal(x.LookupShares, y.LookupShares);
            Assert.True(x.HasDerivatives);
            Assert.False(y.HasDerivatives);
        }
    }

    [Fact]
    public void A_run_without_draws_that_is_stopped_anywhere_ends_with_the_same_bytes()
    {
        TinyModel model = new(5, layers: 2);
        int[][] windows = TinyModel.Windows(2, 13, 2, 30);
        CalibrationOptions options = new() { Draws = 0 };
        byte[] expected = Run(model, windows, options);
        int steps = 0;
        Run(model, windows, options, _ => steps++);
        string path = _folder["interrupted"];
        for (int stop = 0; stop < steps; stop++)
        {
            Stop(path, model, windows, options, stop);
            Stop(path, model, windows, options, 1);
            List<double> shares = [];
            CalibrationRun.Write(path, model.Graph, model, windows, options, null, shares.Add, TestContext.Current.CancellationToken);
            Assert.Equal(expected, File.ReadAllBytes(path));
            Assert.False(Directory.Exists(CalibrationRun.WorkFolderOf(path)));
            Assert.Equal(1, shares[^1], 1e-9);
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_does_not_depend_on_threads()
    {
        // Large enough for products to be divided among threads.
        TinyModel model = new(5, layers: 1, isTied: false, scale: 8);
        int[][] windows = TinyModel.Windows(2, 60, 64, 33);
        byte[][] files = [.. new[] { 1, 2, 4 }.Select(threads => Run(model, windows, new CalibrationOptions { Threads = threads }))];
        Assert.Equal(files[0], files[1]);
        Assert.Equal(files[0], files[2]);
    }

    [Fact]
    public void A_seed_decides_what_is_drawn_and_nothing_else()
    {
        TinyModel model = new();
        int[][] windows = TinyModel.Windows(2, 20);
        using CalibrationStatistics a = Collect(model, windows, new CalibrationOptions { Seed = 1 });
        using CalibrationStatistics b = Collect(model, windows, new CalibrationOptions { Seed = 2 });
        WeightStatistics x = a.Find("layers.0.attn.o.weight")!, y = b.Find("layers.0.attn.o.weight")!;
        Assert.Equal(x.InputMoment, y.InputMoment);
        Assert.Equal(x.InputLargest, y.InputLargest);
        Assert.NotEqual(x.OutputMoment, y.OutputMoment);
    }

    [Fact]
    public void A_run_that_is_stopped_anywhere_ends_with_the_same_bytes()
    {
        TinyModel model = new(5, layers: 2);
        int[][] windows = TinyModel.Windows(2, 13, 2, 30);
        CalibrationOptions options = new() { Draws = 2 };
        byte[] expected = Run(model, windows, options);
        int steps = 0;
        Run(model, windows, options, _ => steps++);
        string path = _folder["interrupted"];
        for (int stop = 0; stop < steps; stop++)
        {
            // Stopped after some steps, and again soon after it went on.
            foreach (int more in (int[])[stop, 2, 1])
            {
                Stop(path, model, windows, options, more);
            }

            CalibrationRun.Write(path, model.Graph, model, windows, options, null, null, TestContext.Current.CancellationToken);
            Assert.Equal(expected, File.ReadAllBytes(path));
            Assert.False(Directory.Exists(CalibrationRun.WorkFolderOf(path)));
            File.Delete(path);
        }
    }

    [Fact]
    public void Work_that_is_done_is_not_done_again()
    {
        TinyModel model = new(5, layers: 2);
        int[][] windows = TinyModel.Windows(2, 13, 2, 30);
        int steps = 0;
        Run(model, windows, new CalibrationOptions(), _ => steps++);
        string path = _folder["interrupted"];
        Stop(path, model, windows, new CalibrationOptions(), steps - 2);
        List<Diagnostic> notes = [];
        List<double> shares = [];
        CalibrationRun.Write(path, model.Graph, model, windows, new CalibrationOptions(), notes.Add, shares.Add, TestContext.Current.CancellationToken);
        Assert.Contains("goes on", Assert.Single(notes).Message, StringComparison.Ordinal);
        Assert.True(shares.Count < steps);
        Assert.Equal(1, shares[^1], 1e-9);
        Assert.Equal(shares.Order(), shares);
    }

    [Theory]
    [InlineData("model")]
    [InlineData("text")]
    [InlineData("options")]
    public void Work_of_another_run_is_discarded_with_a_note(string difference)
    {
        TinyModel model = new(5, layers: 2);
        int[][] windows = TinyModel.Windows(2, 13, 2, 30);
        string path = _folder["a"];
        Stop(path, model, windows, new CalibrationOptions(), 9);
        TinyModel otherModel = difference == "model" ? new TinyModel(6, layers: 2) : model;
        int[][] otherWindows = difference == "text" ? TinyModel.Windows(3, 13, 2, 30) : windows;
        CalibrationOptions otherOptions = new() { Draws = difference == "options" ? 2 : 1 };
        List<Diagnostic> notes = [];
        CalibrationRun.Write(path, otherModel.Graph, otherModel, otherWindows, otherOptions, notes.Add, null, TestContext.Current.CancellationToken);
        Assert.Contains("discarded", Assert.Single(notes).Message, StringComparison.Ordinal);
        Assert.Equal(Run(otherModel, otherWindows, otherOptions), File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(14)]
    public void Damaged_work_is_found_and_done_again(int steps)
    {
        TinyModel model = new(5, layers: 2);
        int[][] windows = TinyModel.Windows(2, 13, 2, 30);
        byte[] expected = Run(model, windows, new CalibrationOptions());
        string path = _folder["a"];
        string work = CalibrationRun.WorkFolderOf(path);
        Stop(path, model, windows, new CalibrationOptions(), steps);
        string[] names = [.. Directory.GetFiles(work).Select(f => Path.GetFileName(f)).Where(f => f != "lock" && f != "journal")];
        Assert.NotEmpty(names);
        Directory.Delete(work, recursive: true);
        foreach (string name in names)
        {
            Stop(path, model, windows, new CalibrationOptions(), steps);
            string file = Path.Combine(work, name);
            byte[] bytes = File.ReadAllBytes(file);

            // What the last segment found stands first in the result, behind the header; before it has, only the header matters.
            int header = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
            bytes[name != "result" ? bytes.Length / 2 : names.Any(n => n.StartsWith("statistics", StringComparison.Ordinal)) ? header : header / 2] ^= 1;
            File.WriteAllBytes(file, bytes);
            List<Diagnostic> notes = [];
            CalibrationRun.Write(path, model.Graph, model, windows, new CalibrationOptions(), notes.Add, null, TestContext.Current.CancellationToken);
            Assert.Contains("damaged", Assert.Single(notes).Message, StringComparison.Ordinal);
            Assert.Equal(expected, File.ReadAllBytes(path));
        }
    }

    [Fact]
    public void A_folder_with_files_of_others_is_left_alone()
    {
        TinyModel model = new();
        string path = _folder["a"];
        Directory.CreateDirectory(CalibrationRun.WorkFolderOf(path));
        string foreign = Path.Combine(CalibrationRun.WorkFolderOf(path), "thesis.txt");
        File.WriteAllText(foreign, "precious");
        CompilationException e = Assert.Throws<CompilationException>(
            () => CalibrationRun.Write(path, model.Graph, model, TinyModel.Windows(1, 4), new CalibrationOptions(), null, null, TestContext.Current.CancellationToken));
        Assert.Equal(Codes.CannotWrite, e.Diagnostics[0].Code);
        Assert.Contains("thesis.txt", e.Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(foreign));
    }

    [Fact]
    public void Two_runs_do_not_share_a_folder()
    {
        TinyModel model = new();
        string path = _folder["a"];
        CompilationException? refused = null;
        CalibrationRun.Write(
            path, model.Graph, model, TinyModel.Windows(1, 4), new CalibrationOptions(), null,
            _ => refused ??= Assert.Throws<CompilationException>(
                () => CalibrationRun.Write(path, model.Graph, model, TinyModel.Windows(1, 4), new CalibrationOptions(), null, null, TestContext.Current.CancellationToken)),
            TestContext.Current.CancellationToken);
        Assert.Equal(Codes.CannotWrite, refused!.Diagnostics[0].Code);
    }

    [Fact]
    public void A_value_that_is_not_finite_is_told_with_its_node_and_window()
    {
        TinyModel model = new();
        Array.Fill(model["layers.1.mlp.up.weight"], 1e30f);
        Array.Fill(model["layers.1.mlp.gate.weight"], 1e30f);
        CompilationException e = Assert.Throws<CompilationException>(() => Collect(model, TinyModel.Windows(2, 5, 20), new CalibrationOptions()));
        Assert.Equal((Codes.ResultNotFinite, "layers.1.mlp.hidden"), (e.Diagnostics[0].Code, e.Diagnostics[0].Location));
        Assert.Contains("window 0", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_can_only_fail_again_leaves_nothing()
    {
        TinyModel model = new();
        Array.Fill(model["layers.1.mlp.up.weight"], 1e30f);
        Array.Fill(model["layers.1.mlp.gate.weight"], 1e30f);
        Assert.Throws<CompilationException>(() => Run(model, TinyModel.Windows(2, 5, 20), new CalibrationOptions()));
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void A_moment_beyond_binary32_is_told()
    {
        TinyModel model = new(1, layers: 1);
        Array.Fill(model["layers.0.mlp.norm.weight"], 1e25f);
        Array.Clear(model["layers.0.mlp.down.weight"]);
        Array.Clear(model["layers.0.mlp.up.weight"]);
        Array.Clear(model["layers.0.mlp.gate.weight"]);
        CompilationException e = Assert.Throws<CompilationException>(() => Collect(model, TinyModel.Windows(2, 5), new CalibrationOptions()));
        Assert.Equal((Codes.ResultNotFinite, "values.layers.0.mlp.norm.moment"), (e.Diagnostics[0].Code, e.Diagnostics[0].Location));
    }

    [Fact]
    public void Nothing_to_run_and_ids_beyond_the_vocabulary_are_refused()
    {
        TinyModel model = new();
        Assert.Equal(Codes.TextInvalid, CodeOf([]));
        Assert.Equal(Codes.TextInvalid, CodeOf([[1, 2], []]));
        Assert.Equal(Codes.TokenOutOfRange, CodeOf([[1, TinyModel.Vocabulary]]));
        Assert.Equal(Codes.TokenOutOfRange, CodeOf([[1, -1]]));

        string CodeOf(int[][] windows) =>
            Assert.Throws<CompilationException>(() => Collect(model, windows, new CalibrationOptions())).Diagnostics[0].Code;
    }

    private static CalibrationStatistics Collect(TinyModel model, int[][] windows, CalibrationOptions options) =>
        CalibrationRun.Collect(model.Graph, model, windows, options, null, TestContext.Current.CancellationToken);

    private byte[] Run(TinyModel model, int[][] windows, CalibrationOptions options, Action<double>? progress = null)
    {
        string path = _folder["whole"];
        CalibrationRun.Write(path, model.Graph, model, windows, options, null, progress, TestContext.Current.CancellationToken);
        return File.ReadAllBytes(path);
    }

    private static void Stop(string path, TinyModel model, int[][] windows, CalibrationOptions options, int steps)
    {
        using CancellationTokenSource source = new();
        int left = steps;
        if (left == 0)
        {
            source.Cancel();
        }

        Assert.Throws<OperationCanceledException>(() => CalibrationRun.Write(
            path, model.Graph, model, windows, options, null,
            _ =>
            {
                if (--left == 0)
                {
                    source.Cancel();
                }
            },
            source.Token));
    }
}
