using Flightc.Isa;

namespace Flightc.Backend.Lengths;

/// <summary>A step, and lengths that its program was made for.</summary>
/// <param name="Entry">Name of the entry: <c>decode</c> or <c>prefill</c>.</param>
/// <param name="Past">Tokens before the step.</param>
/// <param name="Tokens">Tokens of the step, at least 1.</param>
/// <param name="From">Number, in the step, of the first token whose logits are wanted;
/// <paramref name="Tokens"/> for none.</param>
public readonly record struct PlannedStep(string Entry, long Past, long Tokens, long From)
{
    /// <summary>The entry's program in <paramref name="program"/>.</summary>
    public EntryPoint In(MachineProgram program)
    {
        string name = Entry;
        return program.Entries.Single(e => e.Name == name);
    }

    /// <summary><c>decode of 1 after 511</c></summary>
    public override string ToString() => $"{Entry} of {Tokens} after {Past}{(From == Tokens ? ", no logits" : "")}";
}
