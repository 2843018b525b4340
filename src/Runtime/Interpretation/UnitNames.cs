using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>How messages call the units.</summary>
internal static class UnitNames
{
    /// <summary>The unit in lower case.</summary>
    public static string Of(Unit unit) => unit switch
    {
        Unit.Load => "load",
        Unit.Store => "store",
        Unit.Matrix => "matrix",
        Unit.Vector => "vector",
        Unit.Misc => "misc",
        Unit.Exchange => "exchange",
        Unit.System => "system",
    };
}
