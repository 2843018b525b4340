using Flightc.Isa;
using Flightc.Timing;

namespace Flightc.Cli.Reports;

/// <summary>What the reasons of waiting are called.</summary>
internal static class StallNames
{
    /// <summary>All causes, in order.</summary>
    public static IReadOnlyList<StallCause> All { get; } = Enum.GetValues<StallCause>();

    /// <summary>The name in JSON: <c>token_ld</c>, <c>ring_space</c>.</summary>
    public static string Key(StallCause cause) => cause switch
    {
        StallCause.RingSpace => "ring_space",
        StallCause.RingData => "ring_data",
        StallCause.ExchangePartner => "exchange_partner",
        StallCause.Memory => "memory",
        StallCause.InstructionFetch => "instruction_fetch",
        StallCause.NothingLeft => "nothing_left",
        _ => $"token_{UnitOf(cause)}",
    };

    /// <summary>The name for people.</summary>
    public static string Words(StallCause cause) => cause switch
    {
        StallCause.RingSpace => "ring is full",
        StallCause.RingData => "ring is empty",
        StallCause.ExchangePartner => "other core",
        StallCause.Memory => "memory",
        StallCause.InstructionFetch => "instruction fetch",
        StallCause.NothingLeft => "nothing left",
        _ => $"token of {UnitOf(cause)}",
    };

    private static string UnitOf(StallCause cause) => InstructionSet.NameOf((Unit)(cause - StallCause.LoadToken));
}
