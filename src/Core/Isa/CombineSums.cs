namespace Flightc.Isa;

/// <summary>Takes integer sums over all cores.</summary>
public sealed class CombineSums : Instruction
{
    private Operand _address, _count;

    /// <summary>Scratch address.</summary>
    public Operand Address { get => _address; init => _address = value; }

    /// <summary>Numbers; the same on every core.</summary>
    public Operand Count { get => _count; init => _count = value; }

    /// <inheritdoc/>
    public override int Opcode => 6;

    /// <inheritdoc/>
    public override int Mode => 2;

    /// <inheritdoc/>
    public override string Mnemonic => "xch.sum";

    /// <inheritdoc/>
    public override string Semantics =>
        """
        An exchange, as `xch.gather`. For i < count the INT64 at scratch `addr + 8·i` becomes, on every
        core, the sum of those on all cores.
        """;

    /// <inheritdoc/>
    public override void Visit(IFieldVisitor fields)
    {
        fields.Field(ref _address, 32, "addr", "scratch address");
        fields.Field(ref _count, 24, "count", "numbers; the same on every core");
    }
}
