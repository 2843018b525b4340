namespace Flightc.Isa;

/// <summary>Turns rows of a quantised table into binary32.</summary>
public sealed class DequantizeRows : Instruction
{
    private Operand _source, _stride, _group, _bits, _columns, _first, _count, _tokens, _out, _outStride, _scale;

    /// <summary>Scratch address.</summary>
    public Operand Source { get => _source; init => _source = value; }

    /// <summary>Bytes between rows.</summary>
    public Operand Stride { get => _stride; init => _stride = value; }

    /// <summary>Columns that share a multiplier.</summary>
    public Operand Group { get => _group; init => _group = value; }

    /// <summary>Width of a code, 2 … 8.</summary>
    public Operand Bits { get => _bits; init => _bits = value; }

    /// <summary>Columns of the table.</summary>
    public Operand Columns { get => _columns; init => _columns = value; }

    /// <summary>First column wanted.</summary>
    public Operand First { get => _first; init => _first = value; }

    /// <summary>Columns wanted.</summary>
    public Operand Count { get => _count; init => _count = value; }

    /// <summary>Rows.</summary>
    public Operand Tokens { get => _tokens; init => _tokens = value; }

    /// <summary>Scratch address of binary32 results.</summary>
    public Operand Out { get => _out; init => _out = value; }

    /// <summary>Bytes between tokens.</summary>
    public Operand OutStride { get => _outStride; init => _outStride = value; }

    /// <summary>binary32 bits of what every element is multiplied by.</summary>
    public Operand Scale { get => _scale; init => _scale = value; }

    /// <inheritdoc/>
    public override int Opcode => 5;

    /// <inheritdoc/>
    public override int Mode => 0;

    /// <inheritdoc/>
    public override string Mnemonic => "misc.embed";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        A row at scratch `src + t·stride` is: S (binary32), one byte per group of `group` columns (m),
        `columns` codes (c) of `bits` bits, two's complement, as a dense bit stream, the first in the lowest
        bits. For t < tokens, i < count, k = first + i: the binary32 at `out + t·outstride + 4·i` becomes
        `((S × f32(m[k div group])) × f32(c[k])) × scale`.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _source, 32, "src", "scratch address");
        fields.Field(ref _stride, 24, "stride", "bytes between rows");
        fields.Field(ref _group, 8, "group", "columns that share a multiplier");
        fields.Field(ref _bits, 4, "bits", "width of a code, 2 to 8");
        fields.Field(ref _columns, 24, "columns", "columns of the table");
        fields.Field(ref _first, 24, "first", "first column wanted");
        fields.Field(ref _count, 24, "count", "columns wanted");
        fields.Field(ref _tokens, 16, "tokens", "rows");
        fields.Field(ref _out, 32, "out", "scratch address of binary32 results");
        fields.Field(ref _outStride, 24, "outstride", "bytes between tokens");
        fields.Field(ref _scale, 32, "scale", "binary32 bits of what every element is multiplied by");
    }
}
