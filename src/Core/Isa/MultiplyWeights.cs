namespace Flightc.Isa;

/// <summary>Multiplies activations by the weights that come out of the weight rings.</summary>
/// <param name="unit"><see cref="Unit.Matrix"/>, or <see cref="Unit.Vector"/> for a step of one token.</param>
public sealed class MultiplyWeights(Unit unit) : Instruction
{
    private Operand _codes, _codeStride, _scales, _tokens, _columns, _rows, _out, _outStride, _add;

    /// <summary>Scratch address of INT8 codes.</summary>
    public Operand Codes { get => _codes; init => _codes = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand CodeStride { get => _codeStride; init => _codeStride = value; }

    /// <summary>Scratch address of a binary32 per token.</summary>
    public Operand Scales { get => _scales; init => _scales = value; }

    /// <summary>Tokens.</summary>
    public Operand Tokens { get => _tokens; init => _tokens = value; }

    /// <summary>K.</summary>
    public Operand Columns { get => _columns; init => _columns = value; }

    /// <summary>Results per token; padding of blocks included.</summary>
    public Operand Rows { get => _rows; init => _rows = value; }

    /// <summary>Scratch address of binary32 results.</summary>
    public Operand Out { get => _out; init => _out = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand OutStride { get => _outStride; init => _outStride = value; }

    /// <summary>1 to add to what is there.</summary>
    public Operand Add { get => _add; init => _add = value; }

    /// <inheritdoc/>
    public override int Opcode => unit == Unit.Vector ? 4 : 3;

    /// <inheritdoc/>
    public override int Mode => 0;

    /// <inheritdoc/>
    public override string Mnemonic => unit == Unit.Vector ? "mv.linear" : "mm.linear";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        If `rows` is 0, nothing. Otherwise every channel pops tiles (docs/memory.md) off its weight ring,
        each on its own, until its tile with the *last* flag. A scales tile gives the row scales S of one
        block of 16 rows; a weights tile gives codes c and multipliers m of one block of 16 rows and one
        group of columns. With q the INT8 codes of token t at scratch `codes + t·codestride` (`columns` of
        them) and s the binary32 at `scales + 4·t`: `acc[t,n] = Σ m·(Σ c·q)` over all tiles, exact INT32;
        absent rows of weights are 0; `y = (S[n] × s) × f32(acc)`. For n < rows: the binary32 at `out +
        t·outstride + 4·n` becomes y, or itself + y where `add` is 1.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _codes, 32, "codes", "scratch address of INT8 codes");
        fields.Field(ref _codeStride, 24, "codestride", "bytes between tokens");
        fields.Field(ref _scales, 32, "scales", "scratch address of a binary32 per token");
        fields.Field(ref _tokens, 16, "tokens", "tokens");
        fields.Field(ref _columns, 24, "columns", "K");
        fields.Field(ref _rows, 24, "rows", "results per token; padding of blocks included");
        fields.Field(ref _out, 32, "out", "scratch address of binary32 results");
        fields.Field(ref _outStride, 24, "outstride", "bytes between tokens");
        fields.Field(ref _add, 1, "add", "1 to add to what is there");
    }
}
