using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Calibration;

/// <summary>Finds the statistics of a model on windows of tokens.</summary>
public static class CalibrationRun
{
    /// <summary>Ends the name of the folder beside a file of statistics that holds what is done.</summary>
    public const string WorkSuffix = ".work";

    /// <summary>Runs the windows forwards and backwards, and holds the statistics in memory.</summary>
    /// <param name="graph">As the frontend makes it: float, not fused.</param>
    /// <param name="weights">Its data.</param>
    /// <param name="windows">Sequences of tokens, each from position 0; at least one, none empty.</param>
    /// <param name="options">Wishes.</param>
    /// <param name="progress">Told the share that is done, 0 … 1.</param>
    /// <param name="token">Stops between windows.</param>
    /// <exception cref="CompilationException">An operator has no derivative (FLC2001), there is no token (FLC1302), an id is outside the
    /// vocabulary (FLC5002), a value is not finite (FLC5003), or intermediate values cannot be kept (FLC9002).</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static CalibrationStatistics Collect(
        Graph graph, IWeights weights, IReadOnlyList<int[]> windows, CalibrationOptions options, Action<double>? progress,
        CancellationToken token)
    {
        using ScratchFolder folder = new(options.Scratch);
        string path = Path.Combine(folder.Path, "statistics");
        Write(path, graph, weights, windows, options, null, progress, token);
        using CalibrationStatistics written = CalibrationFile.Read(path);
        Dictionary<string, float[]> tensors = CalibrationFile.TensorsOf(written.Matrices).ToDictionary(
            t => t.Name, t => written.Read(t.Name), StringComparer.Ordinal);
        return new CalibrationStatistics(written.ModelHash, written.Parts, written.Matrices, new MemoryTensors(tensors));
    }

    /// <summary>
    /// Runs the windows forwards and backwards, and writes the statistics into a file. What is done stands in a folder beside it, the name of
    /// the file with <see cref="WorkSuffix"/>, from which an interrupted run goes on; it is deleted at the end.
    /// </summary>
    /// <param name="path">Where to.</param>
    /// <param name="graph">As <see cref="Collect"/> takes it, like all that follows.</param>
    /// <param name="weights">Its data.</param>
    /// <param name="windows">Sequences of tokens.</param>
    /// <param name="options">Wishes.</param>
    /// <param name="note">Told what becomes of the work of an interrupted run.</param>
    /// <param name="progress">Told the share that is done, 0 … 1.</param>
    /// <param name="token">Stops between windows.</param>
    /// <exception cref="CompilationException">As <see cref="Collect"/>; or the file cannot be written (FLC9002).</exception>
    /// <exception cref="OperationCanceledException">Stopped; the folder has what is done.</exception>
    public static void Write(
        string path, Graph graph, IWeights weights, IReadOnlyList<int[]> windows, CalibrationOptions options, Action<Diagnostic>? note,
        Action<double>? progress, CancellationToken token)
    {
        CalibrationPlan plan = new(graph, weights, windows, options);
        using CalibrationJournal journal = CalibrationJournal.Open(WorkFolderOf(path), plan, note);
        try
        {
            new CalibrationEngine(plan, weights, journal, progress, token).Run();
        }
        catch (CompilationException e) when (e.Diagnostics.All(d => d.Code != Codes.CannotWrite))
        {
            // It would end in the same way when it is given again.
            journal.Discard();
            throw;
        }

        journal.Finish(path);
    }

    /// <summary>The folder of the work for a file of statistics.</summary>
    public static string WorkFolderOf(string path) => path + WorkSuffix;
}
