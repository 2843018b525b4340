namespace Flightc.Isa;

/// <summary>How a symbol's elements lie in scratch.</summary>
public enum SymbolForm
{
    /// <summary>binary32, one after another.</summary>
    Values,

    /// <summary>binary32 in blocks of 16, every second block.</summary>
    AlternateBlocks,

    /// <summary>INT8 codes.</summary>
    Codes,

    /// <summary>binary32 scales of codes: one per token, or one per head.</summary>
    Scales,

    /// <summary>As <see cref="Values"/>, but of a product whose results lack their biases: not yet the activation.</summary>
    Unbiased,

    /// <summary>As <see cref="AlternateBlocks"/>, but of a product whose results lack their biases: not yet the activation.</summary>
    UnbiasedBlocks,
}

/// <summary>
/// Says that a slice of a named activation of the Graph lies in scratch when an instruction ends: for
/// comparison and search; or, of a product before its biases, which rows it has made.
/// </summary>
/// <param name="Name">The node's name.</param>
/// <param name="Form">How the elements lie.</param>
/// <param name="Core">Core whose scratch it is.</param>
/// <param name="Unit">Stream of the instruction.</param>
/// <param name="Index">Number of the instruction in its stream; it lies outside loops.</param>
/// <param name="Address">Scratch address of the slice of the step's first wanted token.</param>
/// <param name="Stride">Bytes between tokens.</param>
/// <param name="First">First element of the slice in the activation (for scales: first head, or 0).</param>
/// <param name="Count">Elements of the slice.</param>
/// <param name="OnlyWanted">Whether the rows are those of the tokens from <c>from</c> on, not of all tokens.</param>
public sealed record Symbol(
    string Name, SymbolForm Form, int Core, Unit Unit, int Index, long Address, long Stride, long First,
    long Count, bool OnlyWanted = false)
{
    /// <summary>Whether blocks of 16 elements lie in every other place for such a block.</summary>
    public bool Alternates => Form is SymbolForm.AlternateBlocks or SymbolForm.UnbiasedBlocks;

    /// <summary>Whether the activation is complete.</summary>
    public bool IsActivation => Form is not (SymbolForm.Unbiased or SymbolForm.UnbiasedBlocks);
}
