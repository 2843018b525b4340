using Flightc.Cli.Terminal;
using Flightc.Targets;

namespace Flightc.Cli.Exploring;

/// <summary>An exploration as tables.</summary>
internal static class ExploreReport
{
    /// <summary>Writes what was found.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="file">The target file that was written; null for none.</param>
    /// <param name="output">Where to.</param>
    public static void Write(Exploration found, string? file, Output output)
    {
        Confirmed best = found.Best;
        Target target = best.Machine.On(found.Card, "explored");
        CardUse use = CardUse.Of(target, found.Card);
        Machine machine = best.Machine;
        Tables.WriteFacts(
            output,
            ("card", $"{found.Card.Name}: {found.Card.Description}"),
            ("model", $"{found.Architecture}, recipe {found.Recipe}, {Quantity.Count(found.ContextLength)} tokens"),
            ("for", $"{found.Workload}, least {(found.Objective == Objective.Time ? "time" : "energy")} for a token, the prompt's part included"),
            ("machines", $"{Quantity.Count(found.Considered)} considered, {Quantity.Count(found.Confirmed.Count)} confirmed by the cycle model{(found.IsCut ? "; the time limit ended the search" : "")}"),
            ("cores", $"{machine.Cores}, with {string.Join(", ", machine.CoreChannels)} channels"),
            ("matrix engine", $"{machine.Tokens} tokens x {machine.Columns} columns x {machine.Rows} rows per core"),
            ("special functions", $"{machine.Lanes} lanes per core"),
            ("exchange", $"{machine.ExchangeBytes} bytes per cycle"),
            ("rings", $"{machine.WeightRingKib} KiB for weights, {machine.CacheRingKib} KiB for the KV cache per channel, {machine.WidthBytes} bytes wide, pages of {machine.PageBytes} bytes"),
            ("scratch", $"{Quantity.Count(machine.ScratchKib)} KiB per core"),
            ("blocks of the card", $"{Use(use.Needed.Dsp, found.Card.Resources.Dsp)} DSP, {Use(use.Needed.Bram, found.Card.Resources.Bram)} BRAM, {Use(use.Needed.Uram, found.Card.Resources.Uram)} URAM, about {Use(use.Luts, found.Card.Luts)} LUT"),
            ("target file", file ?? "not written: -o names one"));
        Tables.Write(
            output, "machines that no other beats in time, energy and share of the card at once, simulated under the worse fitted explanation; * is the one chosen",
            ["", ">ms/token", ">J/token", ">share", ">decode/s", ">prefill ms", ">HBM", ">cores", ">channels", ">MxKxN", ">lanes", ">exchange", ">rings KiB", ">width", ">page", ">scratch KiB"],
            found.Pareto.Select(c => Row(c == best ? "*" : "", c)));
        if (found.Shipped.Count > 0)
        {
            Tables.Write(
                output, "targets that ship for the card", ["target", ">ms/token", ">J/token", ">share", ">decode/s", ">prefill ms", ">HBM"],
                found.Shipped.Select(s => Row(s.Name, s.Machine).Take(7).ToArray()));
        }

        Tables.Write(output, "excluded", [">machines", "why"], found.Excluded.Select(e => (IReadOnlyList<string>)[Quantity.Count(e.Count), e.Reason]));
    }

    private static string Use(long needed, long available) => $"{Quantity.Count(needed)} of {Quantity.Count(available)}";

    private static IReadOnlyList<string> Row(string mark, Confirmed confirmed)
    {
        Machine m = confirmed.Machine;
        return
        [
            mark, Quantity.Real(confirmed.Merit.SecondsPerToken * 1e3), Quantity.Real(confirmed.Merit.JoulesPerToken),
            Quantity.Percent(confirmed.Merit.Share), Quantity.Real(confirmed.Timing!.DecodeTokensPerSecond, 1),
            Quantity.Real(confirmed.Timing.PrefillSeconds * 1e3, 1), Quantity.Percent(confirmed.Timing.HbmUtilization),
            Quantity.Count(m.Cores), Quantity.Count(m.Channels), $"{m.Tokens}x{m.Columns}x{m.Rows}", Quantity.Count(m.Lanes),
            Quantity.Count(m.ExchangeBytes), $"{m.WeightRingKib}+{m.CacheRingKib}", Quantity.Count(m.WidthBytes),
            Quantity.Count(m.PageBytes), Quantity.Count(m.ScratchKib),
        ];
    }
}
