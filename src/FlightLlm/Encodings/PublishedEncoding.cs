namespace Flightc.FlightLlm;

/// <summary>
/// One of the two encodings of FlightLLM's instructions (arXiv 2401.03868), as a data table: 32-bit little-endian
/// words, the header in the first word of every instruction.
/// </summary>
/// <remarks>
/// A mask of waiting or releasing has a bit for every unit but the instruction's own, in the order of
/// <see cref="Units"/>, the most significant bit first.
/// </remarks>
public sealed class PublishedEncoding
{
    private readonly Dictionary<PublishedUnit, InstructionForm> _byUnit;
    private readonly InstructionForm?[] _byOpcode;

    /// <summary>Makes an encoding and tests its table.</summary>
    /// <param name="name">What <c>--isa</c> calls it.</param>
    /// <param name="opcode">Where the opcode is.</param>
    /// <param name="wait">Where the mask of waiting is.</param>
    /// <param name="release">Where the mask of releasing is.</param>
    /// <param name="forms">One row per unit, in the order of <see cref="PublishedUnit"/>.</param>
    /// <param name="endField">The field of SYS that is 1 where a program ends; empty where nothing marks the end.</param>
    /// <exception cref="ArgumentException">A bit is used twice or not at all, an opcode stands twice, or masks have the
    /// wrong width.</exception>
    public PublishedEncoding(
        string name, BitRange opcode, BitRange wait, BitRange release, IReadOnlyList<InstructionForm> forms, string endField = "")
    {
        (Name, Opcode, Wait, Release, Forms, EndField) = (name, opcode, wait, release, forms, endField);
        _byUnit = forms.ToDictionary(f => f.Unit);
        _byOpcode = new InstructionForm?[1 << opcode.Width];
        Units = [.. forms.Select(f => f.Unit)];
        if (wait.Width != forms.Count - 1 || release.Width != forms.Count - 1)
        {
            throw new ArgumentException($"{forms.Count} units want masks of {forms.Count - 1} bits", nameof(wait));
        }

        if (forms.Select(f => f.Fault([opcode, wait, release])).FirstOrDefault(f => f is not null) is string fault)
        {
            throw new ArgumentException(fault, nameof(forms));
        }

        foreach (InstructionForm form in forms)
        {
            ref InstructionForm? row = ref _byOpcode[form.Opcode];
            row = row is null ? form : throw new ArgumentException($"opcode {form.Opcode} stands twice", nameof(forms));
        }
    }

    /// <summary>The encoding of the published generator and timing model for the VHK158.</summary>
    public static PublishedEncoding Vhk158 { get; } = Vhk158Encoding.Create();

    /// <summary>The encoding of the published U280 binary; its operands are not known.</summary>
    public static PublishedEncoding U280 { get; } = U280Encoding.Create();

    /// <summary>Both.</summary>
    public static IReadOnlyList<PublishedEncoding> All { get; } = [U280, Vhk158];

    /// <summary>What <c>--isa</c> calls it.</summary>
    public string Name { get; }

    /// <summary>Where the opcode is.</summary>
    public BitRange Opcode { get; }

    /// <summary>Where the mask of waiting is.</summary>
    public BitRange Wait { get; }

    /// <summary>Where the mask of releasing is.</summary>
    public BitRange Release { get; }

    /// <summary>One row per unit.</summary>
    public IReadOnlyList<InstructionForm> Forms { get; }

    /// <summary>The units, in the order of mask bits.</summary>
    public IReadOnlyList<PublishedUnit> Units { get; }

    /// <summary>The field of SYS that is 1 where a program ends; empty where nothing marks the end.</summary>
    public string EndField { get; }

    /// <summary>The encoding of a name; null where there is none.</summary>
    public static PublishedEncoding? Named(string name) => All.FirstOrDefault(e => e.Name == name);

    /// <summary>32-bit words of an instruction of a unit.</summary>
    /// <exception cref="ArgumentException">The machine has no such unit.</exception>
    public int WordsOf(PublishedUnit unit) => FormOf(unit).Words;

    /// <summary>The row of a unit.</summary>
    /// <exception cref="ArgumentException">The machine has no such unit.</exception>
    public InstructionForm FormOf(PublishedUnit unit) => _byUnit.TryGetValue(unit, out InstructionForm? form)
        ? form
        : throw new ArgumentException($"{Name} has no {unit.Name()}", nameof(unit));

    /// <summary>The row of an opcode; null where there is none.</summary>
    public InstructionForm? FormWith(int opcode) => opcode >= 0 && opcode < _byOpcode.Length ? _byOpcode[opcode] : null;

    /// <summary>An instruction with some fields named; all others are 0.</summary>
    /// <exception cref="Diagnostics.CompilationException">A value does not fit its field (FLC4001).</exception>
    /// <exception cref="ArgumentException">There is no such unit or field, or the unit waits for itself.</exception>
    public PublishedInstruction Instruction(
        PublishedUnit unit, PublishedUnits wait = PublishedUnits.None, PublishedUnits release = PublishedUnits.None,
        params IReadOnlyList<(string Field, long Value)> fields)
    {
        InstructionForm form = FormOf(unit);
        long[] values = new long[form.Fields.Count];
        foreach ((string field, long value) in fields)
        {
            int index = form.IndexOf(field);
            if (index < 0)
            {
                throw new ArgumentException($"{unit.Name()} has no field '{field}'", nameof(fields));
            }

            values[index] = value;
        }

        return new PublishedInstruction(form, wait, release, values);
    }

    /// <summary>The words of an instruction.</summary>
    /// <param name="instruction">Of this encoding.</param>
    /// <param name="words">As many as the instruction has; overwritten.</param>
    /// <exception cref="ArgumentException">It is of another encoding, or has tokens of a unit that is not there.</exception>
    public void Encode(PublishedInstruction instruction, Span<uint> words)
    {
        if (!ReferenceEquals(FormOf(instruction.Unit), instruction.Form))
        {
            throw new ArgumentException($"the instruction is not of {Name}", nameof(instruction));
        }

        words.Clear();
        Opcode.Write(words, (uint)instruction.Form.Opcode);
        Wait.Write(words, MaskOf(instruction.Unit, instruction.Wait));
        Release.Write(words, MaskOf(instruction.Unit, instruction.Release));
        for (int i = 0; i < instruction.Values.Count; i++)
        {
            instruction.Form.Fields[i].Write(words, instruction.Values[i]);
        }
    }

    /// <summary>The set that the mask in a header means.</summary>
    /// <param name="unit">Whose instruction it is.</param>
    /// <param name="mask">The bits.</param>
    public PublishedUnits UnitsOf(PublishedUnit unit, uint mask)
    {
        PublishedUnits units = PublishedUnits.None;
        int bit = Units.Count - 1;
        foreach (PublishedUnit other in Units)
        {
            if (other != unit && (mask >> --bit & 1) == 1)
            {
                units |= other.AsSet();
            }
        }

        return units;
    }

    private uint MaskOf(PublishedUnit unit, PublishedUnits units)
    {
        uint mask = 0;
        foreach (PublishedUnit other in Units)
        {
            if (other != unit)
            {
                mask = (mask << 1) | (units.Has(other) ? 1u : 0u);
                units &= ~other.AsSet();
            }
        }

        return units == PublishedUnits.None
            ? mask
            : throw new ArgumentException($"{Name} has no tokens between {unit.Name()} and {units.Text()}", nameof(units));
    }
}
