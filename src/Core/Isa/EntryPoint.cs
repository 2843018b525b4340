namespace Flightc.Isa;

/// <summary>One program: for each core, a stream of instructions for each unit.</summary>
/// <param name="Name"><c>decode</c> or <c>prefill</c>.</param>
/// <param name="Streams">By core, then by <see cref="Unit"/>; a stream can be empty.</param>
/// <param name="Symbols">Where named activations lie.</param>
public sealed record EntryPoint(
    string Name, IReadOnlyList<IReadOnlyList<IReadOnlyList<Instruction>>> Streams,
    IReadOnlyList<Symbol> Symbols);
