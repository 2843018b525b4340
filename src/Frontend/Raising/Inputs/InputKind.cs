namespace Flightc.Raising;

/// <summary>What an input of an exported decoder is.</summary>
internal enum InputKind
{
    /// <summary>Token ids: the one input on which logits may depend element by element.</summary>
    TokenIds,

    /// <summary>1 for every token that counts, P + T of them: a model is compiled for one sequence without padding.</summary>
    Mask,

    /// <summary>0 where a token sees another and a very negative number elsewhere, given by the caller: [1, 1, T, P + T].</summary>
    AddedMask,

    /// <summary>P … P + T - 1.</summary>
    Positions,

    /// <summary>Keys or values of tokens before the step.</summary>
    Past,

    /// <summary>Whether there are such tokens.</summary>
    UsesCache,

    /// <summary>P + T - 1, as <c>seqlens_k</c> of GroupQueryAttention has it.</summary>
    LastPosition,

    /// <summary>P + T.</summary>
    TotalLength,

    /// <summary>P: where keys and values of the step are written.</summary>
    PastLength,

    /// <summary>How many logits are wanted; 0 for all.</summary>
    LogitsKept,
}
