using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;
using Flightc.Targets;

namespace Flightc.Cli.Commands;

/// <summary>How <c>flightc targets</c> shows cards.</summary>
internal static class CardView
{
    /// <summary>Writes a table.</summary>
    public static void Write(IEnumerable<Card> cards, Output output) => Tables.Write(
        output, "cards, of which 'flightc explore' makes targets",
        ["name", ">die regions", ">channels", ">MHz", ">HBM", ">HBM GB/s", ">DSP", ">BRAM", ">URAM", ">LUT", "card"],
        cards.Select(card => (IReadOnlyList<string>)
        [
            card.Name, Quantity.Count(card.DieRegions), Quantity.Count(card.Hbm.Channels), Quantity.Real(card.ClockHertz / 1e6, 0),
            Quantity.Bytes(card.Hbm.Channels * card.Hbm.ChannelBytes),
            Quantity.Real(card.Hbm.Channels * card.Hbm.ChannelBytesPerSecond / 1e9, 1), Quantity.Count(card.Resources.Dsp),
            Quantity.Count(card.Resources.Bram), Quantity.Count(card.Resources.Uram), Quantity.Count(card.Luts), card.Description,
        ]));

    /// <summary>A card as JSON: docs/json.md.</summary>
    public static JsonObject ToJson(Card card) => new()
    {
        ["name"] = card.Name,
        ["card"] = card.Description,
        ["clock_hz"] = card.ClockHertz,
        ["die_regions"] = card.DieRegions,
        ["macs_per_dsp"] = card.MacsPerDsp,
        ["channels"] = card.Hbm.Channels,
        ["channel_bytes"] = card.Hbm.ChannelBytes,
        ["bytes_per_second"] = card.Hbm.Channels * card.Hbm.ChannelBytesPerSecond,
        ["resources"] = new JsonObject
        {
            ["dsp"] = card.Resources.Dsp, ["bram"] = card.Resources.Bram, ["uram"] = card.Resources.Uram, ["luts"] = card.Luts,
        },
    };
}
