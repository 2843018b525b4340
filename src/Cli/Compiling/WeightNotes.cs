using Flightc.Diagnostics;

namespace Flightc.Cli.Compiling;

/// <summary>What there is to know about single weights, each note once however many weights it is about.</summary>
internal sealed class WeightNotes
{
    private readonly Lock _lock = new();
    private readonly List<(string Role, string Note)> _all = [];

    /// <summary>Takes a note about a weight. From any thread.</summary>
    /// <param name="role">Its name by role.</param>
    /// <param name="note">A sentence.</param>
    public void Add(string role, string note)
    {
        lock (_lock)
        {
            _all.Add((role, note));
        }
    }

    /// <summary>Reports all notes, at the first weight of each.</summary>
    /// <param name="bag">Receives them (FLC1402).</param>
    /// <param name="order">All roles, in the order in which notes are told, whenever they came.</param>
    public void ReportTo(DiagnosticBag bag, IEnumerable<string> order)
    {
        Dictionary<string, int> places = [];
        foreach (string role in order)
        {
            places.TryAdd(role, places.Count);
        }

        // Sorting is stable: notes of one weight stay in their order.
        IEnumerable<(string Role, string Note)> sorted = _all.OrderBy(n => places.GetValueOrDefault(n.Role, int.MaxValue)).ThenBy(n => n.Role, StringComparer.Ordinal);
        foreach (IGrouping<string, string> noted in sorted.GroupBy(n => n.Note, n => n.Role))
        {
            string note = noted.Key;
            string[] roles = [.. noted.Distinct()];
            string others = roles.Length switch
            {
                1 => "",
                2 => $"; the same holds for {roles[1]}",
                _ => FormattableString.Invariant($"; the same holds for {roles.Length - 1} more weights"),
            };
            bag.Note(Codes.CalibrationNote, note + others, roles[0]);
        }
    }
}
