using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <summary>Choices of a mapping that a caller makes; what is null, <see cref="MappingRules"/> decides.</summary>
/// <remarks>No choice changes a result's bits. A choice that does not fit the machine is refused, not replaced.</remarks>
public sealed record MappingOptions
{
    /// <summary>How attention is divided among cores.</summary>
    public AttentionDivision? Attention { get; init; }

    /// <summary>What cores give one another in a decode step.</summary>
    public GatherForm? DecodeGather { get; init; }

    /// <summary>Loops of a layer's attention in a decode step: 1 or 2.</summary>
    public int? DecodeLoops { get; init; }

    /// <summary>What cores give one another in a prefill step.</summary>
    public GatherForm? PrefillGather { get; init; }

    /// <summary>Loops of a layer's attention in a prefill step: 1 or 2.</summary>
    public int? PrefillLoops { get; init; }

    /// <summary>Rows of gate in a piece of the gate-up product, per core: a multiple of 16.</summary>
    public int? GateRows { get; init; }

    /// <summary>Rows of logits in a piece of the head product, per core: a multiple of 16.</summary>
    public int? HeadRows { get; init; }

    /// <summary>The most tokens of a prefill step; never more than the machine takes.</summary>
    public int? PrefillTokens { get; init; }

    /// <summary>How much of a weight ring is loaded ahead: 0 … 100 %.</summary>
    public int? AheadPercent { get; init; }

    /// <summary>Refuses numbers that mean nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number lies outside its range.</exception>
    internal void Check()
    {
        Require(nameof(DecodeLoops), DecodeLoops, DecodeLoops is null or 1 or 2);
        Require(nameof(PrefillLoops), PrefillLoops, PrefillLoops is null or 1 or 2);
        Require(nameof(GateRows), GateRows, GateRows is null || (GateRows > 0 && GateRows % Schedule.BlockRows == 0));
        Require(nameof(HeadRows), HeadRows, HeadRows is null || (HeadRows > 0 && HeadRows % Schedule.BlockRows == 0));
        Require(nameof(PrefillTokens), PrefillTokens, PrefillTokens is null or > 0);
        Require(nameof(AheadPercent), AheadPercent, AheadPercent is null or (>= 0 and <= 100));
    }

    private static void Require(string name, int? value, bool holds)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, value, "the mapping has no such choice");
        }
    }
}
