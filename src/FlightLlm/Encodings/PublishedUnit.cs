namespace Flightc.FlightLlm;

/// <summary>A unit of the published machine. Each has one in-order queue of instructions.</summary>
/// <remarks>
/// The order is that of mask bits in both encodings, and of ties in the published timing model. The U280 has no
/// <see cref="Vector"/>.
/// </remarks>
public enum PublishedUnit
{
    /// <summary>LD: memory to a buffer.</summary>
    Load,

    /// <summary>ST: a buffer to memory.</summary>
    Store,

    /// <summary>MM: matrix times matrix.</summary>
    Matrix,

    /// <summary>MV: matrix times vector.</summary>
    Vector,

    /// <summary>MISC: the special-function unit.</summary>
    Misc,

    /// <summary>SYS: synchronises cores, or ends a program.</summary>
    System,
}

/// <summary>A set of units: for whose tokens an instruction waits, or to whom it releases one.</summary>
[Flags]
public enum PublishedUnits
{
    /// <summary>No unit.</summary>
    None = 0,

    /// <summary><see cref="PublishedUnit.Load"/></summary>
    Load = 1 << PublishedUnit.Load,

    /// <summary><see cref="PublishedUnit.Store"/></summary>
    Store = 1 << PublishedUnit.Store,

    /// <summary><see cref="PublishedUnit.Matrix"/></summary>
    Matrix = 1 << PublishedUnit.Matrix,

    /// <summary><see cref="PublishedUnit.Vector"/></summary>
    Vector = 1 << PublishedUnit.Vector,

    /// <summary><see cref="PublishedUnit.Misc"/></summary>
    Misc = 1 << PublishedUnit.Misc,

    /// <summary><see cref="PublishedUnit.System"/></summary>
    System = 1 << PublishedUnit.System,
}

/// <summary>Names and members.</summary>
public static class PublishedUnitExtensions
{
    private static readonly string[] Names = ["LD", "ST", "MM", "MV", "MISC", "SYS"];

    /// <summary>Number of units.</summary>
    public const int Count = 6;

    /// <summary>The published name: <c>LD</c>, <c>ST</c>, <c>MM</c>, <c>MV</c>, <c>MISC</c>, <c>SYS</c>.</summary>
    public static string Name(this PublishedUnit unit) => Names[(int)unit];

    /// <summary>The set of this unit alone.</summary>
    public static PublishedUnits AsSet(this PublishedUnit unit) => (PublishedUnits)(1 << (int)unit);

    /// <summary>Whether the set has the unit.</summary>
    public static bool Has(this PublishedUnits units, PublishedUnit unit) => (units & unit.AsSet()) != 0;

    /// <summary>The units of a set, in the order of <see cref="PublishedUnit"/>.</summary>
    public static IEnumerable<PublishedUnit> Members(this PublishedUnits units) =>
        Enum.GetValues<PublishedUnit>().Where(unit => units.Has(unit));

    /// <summary>Names with commas between, or <c>-</c> for the empty set.</summary>
    public static string Text(this PublishedUnits units) =>
        units == PublishedUnits.None ? "-" : string.Join(',', units.Members().Select(Name));
}
