namespace Flightc.FlightLlm;

/// <summary>How the instructions of one unit look: a row of an encoding's table.</summary>
/// <param name="unit">The unit.</param>
/// <param name="opcode">Its opcode.</param>
/// <param name="words">32-bit words of every instruction.</param>
/// <param name="mnemonics">One name; or one for each value of <paramref name="selector"/>.</param>
/// <param name="fields">Everything but the header and reserved bits.</param>
/// <param name="reserved">Bits that are 0.</param>
/// <param name="selector">The field that chooses the mnemonic; empty where there is but one.</param>
/// <param name="inferred">Hypotheses about what lies in the fields; they are shown and otherwise not used.</param>
public sealed class InstructionForm(
    PublishedUnit unit, int opcode, int words, IReadOnlyList<string> mnemonics, IReadOnlyList<PublishedField> fields,
    IReadOnlyList<BitRange>? reserved = null, string selector = "", IReadOnlyList<PublishedField>? inferred = null)
{
    /// <summary>The unit.</summary>
    public PublishedUnit Unit { get; } = unit;

    /// <summary>Its opcode.</summary>
    public int Opcode { get; } = opcode;

    /// <summary>32-bit words of every instruction.</summary>
    public int Words { get; } = words;

    /// <summary>One name, or one for each value of <see cref="Selector"/>.</summary>
    public IReadOnlyList<string> Mnemonics { get; } = mnemonics;

    /// <summary>Everything but the header and reserved bits.</summary>
    public IReadOnlyList<PublishedField> Fields { get; } = fields;

    /// <summary>Bits that are 0.</summary>
    public IReadOnlyList<BitRange> Reserved { get; } = reserved ?? [];

    /// <summary>The field that chooses the mnemonic; empty where there is but one.</summary>
    public string Selector { get; } = selector;

    /// <summary>Hypotheses about what lies in the fields; they are shown and otherwise not used.</summary>
    public IReadOnlyList<PublishedField> Inferred { get; } = inferred ?? [];

    /// <summary>The place of a field in <see cref="Fields"/>; -1 where there is none of that name.</summary>
    public int IndexOf(string field)
    {
        for (int i = 0; i < Fields.Count; i++)
        {
            if (Fields[i].Name == field)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>
    /// What is wrong with the table, or null: header, fields and reserved bits cover every bit exactly once, and
    /// the mnemonics are as many as values to choose them.
    /// </summary>
    /// <param name="header">Opcode, wait and release.</param>
    public string? Fault(IEnumerable<BitRange> header)
    {
        int[] uses = new int[Words * 32];
        foreach (BitRange range in header.Concat(Fields.SelectMany(f => f.Ranges)).Concat(Reserved))
        {
            if (range.Word < 0 || range.Word >= Words)
            {
                return $"{Unit.Name()} has {range}, but only {Words} words";
            }

            for (int bit = range.Low; bit <= range.High; bit++)
            {
                uses[(range.Word * 32) + bit]++;
            }
        }

        int wrong = Array.FindIndex(uses, n => n != 1);
        if (wrong >= 0)
        {
            return $"{Unit.Name()} uses w{wrong / 32}[{wrong % 32}] {uses[wrong]} times";
        }

        int choices = Selector.Length == 0 ? 1 : IndexOf(Selector) is int i and >= 0 ? Fields[i].Values : 0;
        return choices == Mnemonics.Count ? null : $"{Unit.Name()} has {Mnemonics.Count} mnemonics for {choices} choices";
    }
}
