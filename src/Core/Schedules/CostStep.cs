using Flightc.Isa;

namespace Flightc.Schedules;

/// <summary>What a step uses of a region.</summary>
/// <param name="Region">Its number.</param>
/// <param name="Writes">Whether it is written.</param>
/// <param name="IsPerHead">Whether an iteration of a loop uses a row of its own.</param>
internal readonly record struct CostAccess(int Region, bool Writes, bool IsPerHead);

/// <summary>A region whose uses a unit has to come after.</summary>
/// <param name="Region">Its number.</param>
/// <param name="AfterReads">Whether it has to come after reads too, not only after writes.</param>
/// <param name="IsPerHead">Whether an iteration of a loop uses a row of its own.</param>
internal readonly record struct CostConflict(int Region, bool AfterReads, bool IsPerHead);

/// <summary>A step, its numbers read.</summary>
/// <param name="Step">The step.</param>
/// <param name="Unit">Who executes it.</param>
/// <param name="Accesses">What it uses.</param>
/// <param name="Product">Number of its product, or -1.</param>
/// <param name="Numbers">By core: elements of a row, or what the kind of step counts; of a loop, iterations.</param>
internal sealed record CostStep(Step Step, Unit Unit, CostAccess[] Accesses, int Product, long[] Numbers)
{
    public StepKind Kind => Step.Kind;

    /// <summary>Layer of a step of the KV cache.</summary>
    public long Layer { get; } = Step.Number("layer");

    /// <summary>Whether it is the one of the KV heads' steps that serves all of them.</summary>
    public bool IsOfAllHeads { get; } = Step.Number("all") == 1;

    /// <summary>Whether an attention mask says what is loaded or multiplied.</summary>
    public bool IsMasked { get; } = Step.Kind != StepKind.LoadMask && Step.Find("mask") is not null;

    /// <summary>How many vectors a load of vectors brings.</summary>
    public long Vectors { get; } = Step.VectorKeys.Count(key => Step.Find(key.Table) is not null);

    /// <summary>Whether it works only on the tokens whose logits are wanted.</summary>
    public bool IsWanted { get; } = Step.Number("wanted") != 0;

    /// <summary>Whether a normalisation subtracts the mean, which takes a sweep of its own.</summary>
    public bool SubtractsMean { get; } = Step.Number("mean") == 1;

    /// <summary>Segments of a normalisation, or 0.</summary>
    public long Segments { get; init; }

    /// <summary>Of a loop, what its body does, and the accesses of each unit that takes part.</summary>
    public CostStep[] Body { get; init; } = [];

    public CostParty[] Parties { get; init; } = [];

    /// <summary>What it has to come after.</summary>
    public CostConflict[] Conflicts { get; set; } = [];
}

/// <summary>A unit that takes part in a loop.</summary>
/// <param name="Unit">The unit.</param>
/// <param name="Accesses">What all of its steps use.</param>
internal sealed record CostParty(Unit Unit, CostAccess[] Accesses)
{
    /// <summary>What they have to come after.</summary>
    public CostConflict[] Conflicts { get; set; } = [];
}
