namespace Flightc.Schedules;

/// <summary>The choices that a Schedule was made by, those of every phase apart.</summary>
/// <param name="Attention">How attention is divided.</param>
/// <param name="Decode">Choices for steps of one token.</param>
/// <param name="Prefill">Choices for steps of many tokens.</param>
/// <param name="GateRows">Rows of gate, and as many of up, in a piece of their product, per core.</param>
/// <param name="HeadRows">Logits in a piece of the head, per core.</param>
/// <param name="AheadPercent">How much of a weight ring may be filled with what is multiplied later before the
/// load unit takes an instruction that could stop it: 0 … 100 %.</param>
public sealed record Mapping(
    AttentionDivision Attention, PhaseMapping Decode, PhaseMapping Prefill, int GateRows, int HeadRows,
    int AheadPercent)
{
    /// <summary>The choices of the phase of that name.</summary>
    public PhaseMapping Of(string phase) => phase == "decode" ? Decode : Prefill;
}

/// <summary>The choices of one phase.</summary>
/// <param name="Gather">What cores give one another.</param>
/// <param name="Loops">Loops of attention in a layer: 1 takes a head from scores to output, 2 first scores all
/// heads and then weighs all values, so that no head waits for another's probabilities.</param>
public readonly record struct PhaseMapping(GatherForm Gather, int Loops);
