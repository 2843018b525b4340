namespace Flightc.Timing;

/// <summary>Why a unit does nothing.</summary>
public enum StallCause
{
    /// <summary>A token of the load unit is missing.</summary>
    LoadToken,

    /// <summary>A token of the store unit is missing.</summary>
    StoreToken,

    /// <summary>A token of <c>mm</c> is missing.</summary>
    MatrixToken,

    /// <summary>A token of <c>mv</c> is missing.</summary>
    VectorToken,

    /// <summary>A token of the special-function unit is missing.</summary>
    MiscToken,

    /// <summary>A token of the exchange unit is missing.</summary>
    ExchangeToken,

    /// <summary>A token of the system unit is missing.</summary>
    SystemToken,

    /// <summary>A ring that is to be filled has no room.</summary>
    RingSpace,

    /// <summary>A ring that is to be emptied has not all the data yet.</summary>
    RingData,

    /// <summary>Another core is not ready for the exchange.</summary>
    ExchangePartner,

    /// <summary>A memory is busy with somebody else's access.</summary>
    Memory,

    /// <summary>The instruction has not been fetched yet.</summary>
    InstructionFetch,

    /// <summary>The unit has executed its whole stream; the step goes on elsewhere.</summary>
    NothingLeft,
}
