using System.Globalization;
using Flightc.Diagnostics;

namespace Flightc.Calibration;

/// <summary>
/// The folder in which a calibration keeps what it has done: files that are there whole or not at all, so that a run that was killed goes
/// on where it was. One process at a time.
/// </summary>
/// <remarks>
/// Files: <c>values-S</c>, the values behind segment S of all windows; <c>gradients-S</c>, the derivatives by what segment S reads;
/// <c>result</c>, the statistics, which become the file that is wanted; <c>statistics-S</c>, a hash of what segment S found in it;
/// <c>journal</c>, the identity of the run. They are deleted when nothing needs them any more.
/// </remarks>
internal sealed class CalibrationJournal : IDisposable
{
    private const string JournalName = "journal";
    private const string LockName = "lock";
    private const string ResultName = "result";
    private const string Values = "values-";
    private const string Gradients = "gradients-";
    private const string Statistics = "statistics-";

    private readonly string _folder;
    private readonly CalibrationPlan _plan;
    private readonly FileStream _lock;
    private readonly GrowingStatistics _result;

    private CalibrationJournal(string folder, CalibrationPlan plan, FileStream held)
    {
        (_folder, _plan, _lock) = (folder, plan, held);
        _result = new GrowingStatistics(Path.Combine(folder, ResultName), plan);
    }

    /// <summary>The last segment whose values are there from the first on; -1 where none are.</summary>
    public int LastValues { get; private set; } = -1;

    /// <summary>The first segment that has statistics, and so have all behind it; the number of segments where none has.</summary>
    public int FirstStatistics { get; private set; }

    /// <summary>Without derivatives: the last segment whose statistics are there, from the first on; -1 where none are.</summary>
    public int LastStatistics { get; private set; } = -1;

    /// <summary>Opens or makes the folder.</summary>
    /// <param name="folder">Its path.</param>
    /// <param name="plan">What is run.</param>
    /// <param name="note">Told what became of work that was there.</param>
    /// <exception cref="CompilationException">The folder cannot be used (FLC9002).</exception>
    public static CalibrationJournal Open(string folder, CalibrationPlan plan, Action<Diagnostic>? note)
    {
        CalibrationJournal? journal = null;
        try
        {
            bool isNew = !Directory.Exists(folder);
            Directory.CreateDirectory(folder);
            RequireOwn(folder);
            journal = new CalibrationJournal(folder, plan, Lock(folder));
            journal.Resume(isNew ? null : note);
            return journal;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            journal?.Dispose();
            throw new CompilationException(
                Codes.CannotWrite, $"cannot use the folder of a calibration's work: {e.Message}", folder, "free space, or name another place", e);
        }
    }

    /// <summary>Begins the values behind a segment.</summary>
    public ScratchWriter CreateValues(int segment) => new(PathOf(Values, segment));

    /// <summary>Begins the gradients by what a segment reads.</summary>
    public ScratchWriter CreateGradients(int segment) => new(PathOf(Gradients, segment));

    /// <summary>The values behind a segment.</summary>
    public ScratchReader OpenValues(int segment) => new(PathOf(Values, segment));

    /// <summary>The gradients by what a segment reads.</summary>
    public ScratchReader OpenGradients(int segment) => new(PathOf(Gradients, segment));

    /// <summary>Notes that the values behind a segment are there.</summary>
    public void CommitValues(int segment) => LastValues = segment;

    /// <summary>Writes what a segment found, when its gradients are there, or without derivatives its values, and deletes what only it
    /// needed.</summary>
    public void CommitStatistics(int segment, IReadOnlyDictionary<string, float[]> tensors)
    {
        WriteText(PathOf(Statistics, segment), _result.Write(segment, tensors));
        if (_plan.HasDerivatives)
        {
            FirstStatistics = segment;
        }
        else
        {
            LastStatistics = segment;
        }

        DeleteUnneeded();
    }

    /// <summary>Gives the result its name and deletes the folder: everything is done.</summary>
    /// <param name="path">The name.</param>
    /// <exception cref="CompilationException">It cannot have that name (FLC9002).</exception>
    public void Finish(string path)
    {
        try
        {
            _result.MoveTo(path);
            Remove();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(
                Codes.CannotWrite, $"cannot write the statistics: {e.Message}", path, "free space, or name another place; the same command then goes on", e);
        }
    }

    /// <summary>Deletes the folder as well as it can.</summary>
    public void Discard()
    {
        try
        {
            Remove();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What made us stop is worth more to the user than this.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new CompilationException(
                Codes.CannotWrite, "another calibration works in this folder", folder, "wait for it, or write to another place", e);
        }
    }

    // Nothing but our own is ever deleted.
    private static void RequireOwn(string folder)
    {
        if (Directory.EnumerateFileSystemEntries(folder).Select(f => Path.GetFileName(f)).FirstOrDefault(f => !IsOwn(f)) is { } foreign)
        {
            throw new CompilationException(
                Codes.CannotWrite, $"the folder of a calibration's work has something else in it: '{Excerpt.Of(foreign)}'", folder,
                "move it away, or write the statistics to another place");
        }
    }

    private static bool IsOwn(string file)
    {
        string name = file.EndsWith(ScratchWriter.Unfinished, StringComparison.Ordinal) ? file[..^ScratchWriter.Unfinished.Length] : file;
        return name is JournalName or LockName or ResultName || Array.Exists(
            (string[])[Values, Gradients, Statistics], kind => name.StartsWith(kind, StringComparison.Ordinal) && name[kind.Length..].All(char.IsAsciiDigit));
    }

    private void Resume(Action<Diagnostic>? note)
    {
        string journal = Path.Combine(_folder, JournalName);
        FirstStatistics = _plan.Segments.Count;
        if (File.Exists(journal) && File.ReadAllText(journal) != _plan.Identity)
        {
            Report("the folder has work of another model, text or options, which is discarded");
        }
        else if (File.Exists(journal) && !TryFind())
        {
            Report("the work in the folder is damaged, so all of it is done again");
            (LastValues, FirstStatistics, LastStatistics) = (-1, _plan.Segments.Count, -1);
        }
        else if (File.Exists(journal))
        {
            DeleteUnneeded();
            if (LastValues >= 0 || LastStatistics >= 0 || FirstStatistics < _plan.Segments.Count)
            {
                Report("a calibration that was interrupted goes on");
            }

            return;
        }

        Clear();
        _result.Create();
        WriteText(journal, _plan.Identity);

        void Report(string message) => note?.Invoke(new Diagnostic(Codes.CalibrationInvalid, Severity.Note, message, _folder));
    }

    private bool TryFind()
    {
        if (!_result.IsThere())
        {
            return false;
        }

        int segments = _plan.Segments.Count;
        if (!_plan.HasDerivatives)
        {
            return TryFindForward(segments);
        }

        while (FirstStatistics > 0 && File.Exists(PathOf(Statistics, FirstStatistics - 1)))
        {
            FirstStatistics--;
            if (File.ReadAllText(PathOf(Statistics, FirstStatistics)) != _result.HashOf(FirstStatistics))
            {
                return false;
            }
        }

        // Forwards first: where statistics are, all values were once.
        bool isForwardDone = FirstStatistics < segments;
        int wanted = isForwardDone ? FirstStatistics - 2 : segments - 2;
        while (LastValues < wanted && File.Exists(PathOf(Values, LastValues + 1)))
        {
            LastValues++;
            if (!ScratchReader.IsWhole(PathOf(Values, LastValues), _plan.ValuesLength(LastValues)))
            {
                return false;
            }
        }

        return !isForwardDone
            || (LastValues == Math.Max(-1, wanted)
                && (FirstStatistics == 0
                    || (File.Exists(PathOf(Gradients, FirstStatistics))
                        && ScratchReader.IsWhole(PathOf(Gradients, FirstStatistics), _plan.GradientsLength(FirstStatistics)))));
    }

    // Statistics of segment S stand when the values behind it do, which segment S + 1 reads.
    private bool TryFindForward(int segments)
    {
        while (LastStatistics < segments - 1 && File.Exists(PathOf(Statistics, LastStatistics + 1)))
        {
            LastStatistics++;
            if (File.ReadAllText(PathOf(Statistics, LastStatistics)) != _result.HashOf(LastStatistics))
            {
                return false;
            }
        }

        return LastStatistics < 0 || LastStatistics == segments - 1
            || (File.Exists(PathOf(Values, LastStatistics))
                && ScratchReader.IsWhole(PathOf(Values, LastStatistics), _plan.ValuesLength(LastStatistics)));
    }

    // Segment S - 1 is next: it reads the values behind S - 2 and the gradients by what S reads.
    private void DeleteUnneeded()
    {
        foreach (string file in Directory.GetFiles(_folder))
        {
            string name = Path.GetFileName(file);
            bool isNeeded = name is JournalName or LockName or ResultName || name.StartsWith(Statistics, StringComparison.Ordinal)
                || (NumberOf(name, Values) is { } values && IsNeeded(values))
                || (NumberOf(name, Gradients) == FirstStatistics && FirstStatistics > 0);
            if (!isNeeded || name.EndsWith(ScratchWriter.Unfinished, StringComparison.Ordinal))
            {
                File.Delete(file);
            }
        }
    }

    private bool IsNeeded(int values) => _plan.HasDerivatives
        ? FirstStatistics == _plan.Segments.Count || values <= FirstStatistics - 2
        : values == LastStatistics;

    private void Remove()
    {
        Dispose();
        Clear();
        File.Delete(Path.Combine(_folder, LockName));
        Directory.Delete(_folder);
    }

    private void Clear()
    {
        foreach (string file in Directory.GetFiles(_folder).Where(f => Path.GetFileName(f) != LockName))
        {
            File.Delete(file);
        }
    }

    private static void WriteText(string path, string text)
    {
        File.WriteAllText(path + ScratchWriter.Unfinished, text);
        File.Move(path + ScratchWriter.Unfinished, path, overwrite: true);
    }

    private static int? NumberOf(string name, string kind) =>
        name.StartsWith(kind, StringComparison.Ordinal)
        && int.TryParse(name[kind.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private string PathOf(string kind, int segment) => Path.Combine(_folder, kind + segment.ToString(CultureInfo.InvariantCulture));
}
