using Flightc.Diagnostics;

namespace Flightc.Cli.Compiling;

/// <summary>What there is to know about single weights, each note once however many weights it is about.</summary>
internal sealed class WeightNotes
{
    private readonly List<string> _notes = [];
    private readonly Dictionary<string, List<string>> _roles = new(StringComparer.Ordinal);

    /// <summary>Takes a note about a weight.</summary>
    /// <param name="role">Its name by role.</param>
    /// <param name="note">A sentence.</param>
    public void Add(string role, string note)
    {
        if (!_roles.TryGetValue(note, out List<string>? roles))
        {
            _notes.Add(note);
            _roles.Add(note, roles = []);
        }

        if (!roles.Contains(role))
        {
            roles.Add(role);
        }
    }

    /// <summary>Reports all notes, at the first weight of each.</summary>
    /// <param name="bag">Receives them (FLC1402).</param>
    public void ReportTo(DiagnosticBag bag)
    {
        foreach (string note in _notes)
        {
            List<string> roles = _roles[note];
            string others = roles.Count switch
            {
                1 => "",
                2 => $"; the same holds for {roles[1]}",
                _ => FormattableString.Invariant($"; the same holds for {roles.Count - 1} more weights"),
            };
            bag.Note(Codes.CalibrationNote, note + others, roles[0]);
        }
    }
}
