namespace Flightc.Runtime.Evaluation;

/// <summary>
/// How the numbers of an evaluation come about: those of two evaluations compare where all of this and the
/// text are equal.
/// </summary>
/// <remarks>A record is cut into windows one after another, each of which begins a sequence of its own. Every
/// token of a window but its first is scored.</remarks>
/// <param name="MaxRecords">Records after this many are left out; null for none.</param>
/// <param name="BeginIds">What stands before each record that is text; records that are ids are taken as they
/// are.</param>
/// <param name="Window">The most tokens of a sequence: at least 2.</param>
/// <param name="IsJoined">Whether records were joined, one behind the other, and cut into whole windows; each of these
/// then counts as a record, and what is left over at the end is not scored.</param>
public sealed record EvaluationProtocol(int? MaxRecords, IReadOnlyList<int> BeginIds, int Window, bool IsJoined = false)
{
    /// <summary>Which tokens are scored, in words.</summary>
    public const string ScoredPositions = "all but the first of each window";

    /// <summary>Tokens from the beginning of one window to that of the next: windows do not overlap.</summary>
    public int Stride => Window;

    /// <summary>Cuts a record into windows; a single token at its end is left out, having nothing to score.</summary>
    /// <param name="number">Number of the record among all, from 0 on.</param>
    /// <param name="record">The record.</param>
    public IEnumerable<EvaluationWindow> WindowsOf(int number, EvaluationRecord record)
    {
        int window = 0;
        for (int start = 0; start < record.Ids.Length - 1; start += Stride)
        {
            ReadOnlyMemory<int> ids = record.Ids.AsMemory(start, Math.Min(Window, record.Ids.Length - start));
            yield return new EvaluationWindow(number, window++, ids, record.Location);
        }
    }
}
