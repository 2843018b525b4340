using Flightc.Isa;

namespace Flightc.Tests.Mutation;

/// <summary>What was done to a program.</summary>
internal enum MutationKind
{
    /// <summary>A unit no longer waits for another.</summary>
    WaitRemoved,

    /// <summary>A unit no longer gives another a token.</summary>
    ReleaseRemoved,

    /// <summary>A token is neither given nor waited for: the counters still balance.</summary>
    PairRemoved,

    /// <summary>A token is given an instruction earlier, or waited for an instruction later.</summary>
    TokenMoved,

    /// <summary>Two instructions that follow each other in a stream change places.</summary>
    Swapped,

    /// <summary>An address is another one.</summary>
    AddressMoved,

    /// <summary>A loop has one iteration more or less.</summary>
    LoopCount,

    /// <summary>A number of rows, tokens, columns or the like is one more or less.</summary>
    Count,
}

/// <summary>A program with one mistake.</summary>
/// <param name="Kind">Which kind.</param>
/// <param name="Description">Where, and what it was before.</param>
/// <param name="Program">The program.</param>
internal sealed record Mutant(MutationKind Kind, string Description, MachineProgram Program);
