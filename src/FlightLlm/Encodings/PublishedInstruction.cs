using Flightc.Diagnostics;

namespace Flightc.FlightLlm;

/// <summary>One instruction of a published encoding: unit, tokens and the value of every field.</summary>
public sealed class PublishedInstruction
{
    private readonly long[] _values;

    /// <summary>An instruction with the values of all fields, in the order of its form.</summary>
    /// <exception cref="CompilationException">A value does not fit its field (FLC4001).</exception>
    /// <exception cref="ArgumentException">The number of values is wrong, or the unit waits for itself.</exception>
    public PublishedInstruction(
        InstructionForm form, PublishedUnits wait, PublishedUnits release, params ReadOnlySpan<long> values)
    {
        if (values.Length != form.Fields.Count)
        {
            throw new ArgumentException($"{values.Length} values for {form.Fields.Count} fields", nameof(values));
        }

        if ((wait | release).Has(form.Unit))
        {
            throw new ArgumentException($"{form.Unit.Name()} has no tokens for itself", nameof(wait));
        }

        Form = form;
        Wait = wait;
        Release = release;
        _values = values.ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            if (!form.Fields[i].Accepts(values[i]))
            {
                throw new CompilationException(Codes.ProgramInvalid, Misfit(form, form.Fields[i], values[i]));
            }
        }
    }

    /// <summary>Its row of the encoding's table.</summary>
    public InstructionForm Form { get; }

    /// <summary>The unit that executes it.</summary>
    public PublishedUnit Unit => Form.Unit;

    /// <summary>Units each of whose tokens it takes before it starts.</summary>
    public PublishedUnits Wait { get; }

    /// <summary>Units to which it gives a token when it ends.</summary>
    public PublishedUnits Release { get; }

    /// <summary>Values of all fields, in the order of the form.</summary>
    public IReadOnlyList<long> Values => _values;

    /// <summary>32-bit words.</summary>
    public int Words => Form.Words;

    /// <summary>The name that text gives it.</summary>
    public string Mnemonic => Form.Selector.Length == 0 ? Form.Mnemonics[0] : Form.Mnemonics[(int)this[Form.Selector]];

    /// <summary>The value of a field.</summary>
    /// <exception cref="ArgumentException">There is no such field.</exception>
    public long this[string field] => Form.IndexOf(field) is int i and >= 0
        ? _values[i]
        : throw new ArgumentException($"{Unit.Name()} has no field '{field}'", nameof(field));

    /// <summary>The same with other tokens.</summary>
    public PublishedInstruction With(PublishedUnits wait, PublishedUnits release) => new(Form, wait, release, _values);

    /// <summary>The sentence for a value that its field cannot have.</summary>
    internal static string Misfit(InstructionForm form, PublishedField field, long value) =>
        $"{form.Unit.Name()} has {field.Name} {value}; it can be 0 to {(field.Values > 0 ? field.Values : 1L << field.Width) - 1}";
}
