namespace Flightc.Isa;

/// <summary>A unit of a core. Each has its own in-order instruction stream and its own loop counters.</summary>
public enum Unit
{
    /// <summary>LD: moves memory into rings and scratch.</summary>
    Load,

    /// <summary>ST: moves scratch into memory.</summary>
    Store,

    /// <summary>MM: the matrix engine, many tokens against each weight.</summary>
    Matrix,

    /// <summary>MV: the matrix engine, the whole array on one token.</summary>
    Vector,

    /// <summary>MISC: the special-function unit.</summary>
    Misc,

    /// <summary>XCH: the exchange between cores.</summary>
    Exchange,

    /// <summary>SYS: the end of a program.</summary>
    System,
}

/// <summary>A set of units: whose tokens an instruction waits for, or whom it gives one.</summary>
[Flags]
public enum Units
{
    /// <summary>No unit.</summary>
    None = 0,

    /// <summary><see cref="Unit.Load"/></summary>
    Load = 1 << Unit.Load,

    /// <summary><see cref="Unit.Store"/></summary>
    Store = 1 << Unit.Store,

    /// <summary><see cref="Unit.Matrix"/></summary>
    Matrix = 1 << Unit.Matrix,

    /// <summary><see cref="Unit.Vector"/></summary>
    Vector = 1 << Unit.Vector,

    /// <summary><see cref="Unit.Misc"/></summary>
    Misc = 1 << Unit.Misc,

    /// <summary><see cref="Unit.Exchange"/></summary>
    Exchange = 1 << Unit.Exchange,

    /// <summary><see cref="Unit.System"/></summary>
    System = 1 << Unit.System,
}
