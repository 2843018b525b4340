namespace Flightc.FlightLlm;

/// <summary>The units of a core, in the order of the published encoding; each runs its instructions in order.</summary>
public enum PublishedUnit
{
    /// <summary>Loads.</summary>
    Load,

    /// <summary>Stores.</summary>
    Store,

    /// <summary>Matrix by matrix.</summary>
    Mm,

    /// <summary>Matrix by vector.</summary>
    Mv,

    /// <summary>Everything else that is computed.</summary>
    Misc,

    /// <summary>Barriers.</summary>
    Sys,
}

/// <summary>A set of units: whom an instruction waits for, or to whom it gives a token.</summary>
[Flags]
public enum UnitSet
{
    /// <summary>Nobody.</summary>
    None = 0,

    /// <summary>Loads.</summary>
    Load = 1 << PublishedUnit.Load,

    /// <summary>Stores.</summary>
    Store = 1 << PublishedUnit.Store,

    /// <summary>Matrix by matrix.</summary>
    Mm = 1 << PublishedUnit.Mm,

    /// <summary>Matrix by vector.</summary>
    Mv = 1 << PublishedUnit.Mv,

    /// <summary>Everything else that is computed.</summary>
    Misc = 1 << PublishedUnit.Misc,

    /// <summary>Barriers.</summary>
    Sys = 1 << PublishedUnit.Sys,
}
