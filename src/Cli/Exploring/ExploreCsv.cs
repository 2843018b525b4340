using System.Globalization;
using System.Text;
using Flightc.Timing;

namespace Flightc.Cli.Exploring;

/// <summary>All confirmed machines as comma-separated values (RFC 4180, lines ended by a line feed): docs/json.md.</summary>
internal static class ExploreCsv
{
    private const string Columns =
        "is_best,is_pareto,is_searched,screened_seconds_per_token,seconds_per_token,joules_per_token,card_share,explanation,decode_tokens_per_s,prefill_ms,hbm_utilization,"
        + "cores,channels,matrix_tokens,matrix_columns,matrix_rows,special_lanes,exchange_bytes_per_cycle,weight_ring_kib,cache_ring_kib,"
        + "page_bytes,width_bytes,scratch_kib\n";

    /// <summary>A line for every confirmed machine, in the order in which they were, after one with names.</summary>
    public static string Of(Exploration found)
    {
        StringBuilder text = new(Columns);
        HashSet<Machine> pareto = [.. found.Pareto.Select(c => c.Machine)];
        foreach (Confirmed confirmed in found.Confirmed)
        {
            Machine m = confirmed.Machine;
            text.AppendJoin(
                ',',
                (IEnumerable<string>)
                [
                    Word(confirmed == found.Best), Word(pareto.Contains(m)), Word(confirmed.IsFinished), Number(confirmed.Screened.SecondsPerToken),
                    Number(confirmed.Merit.SecondsPerToken),
                    Number(confirmed.Merit.JoulesPerToken), Number(confirmed.Merit.Share), NameOf(confirmed.Explanation),
                    Number(confirmed.Timing!.DecodeTokensPerSecond), Number(confirmed.Timing.PrefillSeconds * 1e3),
                    Number(confirmed.Timing.HbmUtilization),
                    .. ((int[])
                    [
                        m.Cores, m.Channels, m.Tokens, m.Columns, m.Rows, m.Lanes, m.ExchangeBytes, m.WeightRingKib, m.CacheRingKib, m.PageBytes,
                        m.WidthBytes, m.ScratchKib,
                    ]).Select(n => n.ToString(CultureInfo.InvariantCulture)),
                ]).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The word of <c>estimate</c> for an explanation.</summary>
    public static string NameOf(Explanation explanation) => explanation switch
    {
        Explanation.None => "none",
        Explanation.Barrier => "barrier",
        Explanation.Load => "load",
    };

    private static string Word(bool value) => value ? "true" : "false";

    // The shortest form that reads back as the same number.
    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
