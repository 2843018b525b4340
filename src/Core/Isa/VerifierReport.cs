using Flightc.Diagnostics;

namespace Flightc.Isa;

/// <summary>What a verifier found: one error per instruction, and not more than anybody reads.</summary>
internal sealed class VerifierReport(MachineProgram program)
{
    private const int MaxErrors = 50;

    private readonly HashSet<string> _places = new(StringComparer.Ordinal);

    /// <summary>Everything found.</summary>
    public DiagnosticBag Bag { get; } = new();

    /// <summary>Whether further errors would not be reported.</summary>
    public bool IsFull => Bag.Items.Count >= MaxErrors;

    /// <summary>Reports an error at a place that has none yet.</summary>
    public void Error(string place, string message)
    {
        if (!IsFull && _places.Add(place))
        {
            Bag.Error(Codes.ProgramInvalid, message, place);
        }
    }

    /// <summary>Reports an error of an instruction that has none yet.</summary>
    public void Error(EntryPoint entry, int core, Unit unit, int index, string message) =>
        Error(Place(entry, core, unit, index), message);

    /// <summary>Reports an error unless the condition holds.</summary>
    public void Require(bool condition, string place, string message)
    {
        if (!condition)
        {
            Error(place, message);
        }
    }

    /// <summary><c>decode/core 1/mm/17 (layers.3.attn.q)</c></summary>
    public static string Place(EntryPoint entry, int core, Unit unit, int index)
    {
        string provenance = entry.Streams[core][(int)unit][index].Provenance;
        string tail = provenance.Length > 0 ? $" ({provenance})" : "";
        return string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"{Place(entry, core, unit)}/{index}{tail}");
    }

    /// <summary><c>decode/core 1/mm</c></summary>
    public static string Place(EntryPoint entry, int core, Unit unit) =>
        $"{entry.Name}/core {core}/{InstructionSet.NameOf(unit)}";

    /// <summary>The program.</summary>
    public MachineProgram Program => program;
}
