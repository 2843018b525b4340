using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;
using Flightc.Container;

namespace Flightc.Cli.Images;

/// <summary>Tables and JSON about an image that several commands print.</summary>
internal static class ImageReport
{
    /// <summary>The weights by precision.</summary>
    public static void WritePrecisions(ImageManifest manifest, Output output) => Tables.Write(
        output, "weights", ["format", ">tensors", ">weights", ">bytes", ">bits per weight"],
        ImageFacts.Precisions(manifest).Select(p => (IReadOnlyList<string>)
            [p.Format, Quantity.Count(p.Matrices), Quantity.Count(p.Weights), Quantity.Count(p.Bytes), Quantity.Real(p.Bytes * 8.0 / p.Weights, 2)]));

    /// <summary>The instructions by entry and unit.</summary>
    public static void WriteEntries(IReadOnlyList<EntryFacts> entries, Output output) => Tables.Write(
        output, "instructions",
        ["entry", .. entries.Take(1).SelectMany(e => e.ByUnit).Select(u => $">{u.Unit}"), ">all", ">bytes"],
        entries.Select(
            e => (IReadOnlyList<string>)[e.Name, .. e.ByUnit.Select(u => Quantity.Count(u.Count)), Quantity.Count(e.Instructions), Quantity.Count(e.Bytes)]));

    /// <summary>One line about the weight streams.</summary>
    public static string Words(BankFacts banks) =>
        $"{Quantity.Bytes(banks.Least)} to {Quantity.Bytes(banks.Most)}, the fullest {Quantity.Percent(banks.Imbalance)} above the mean";

    /// <summary>JSON of <see cref="WritePrecisions"/>.</summary>
    public static JsonArray PrecisionsJson(ImageManifest manifest) =>
        Json.Array(ImageFacts.Precisions(manifest), p => new JsonObject
        {
            ["format"] = p.Format,
            ["tensors"] = p.Matrices,
            ["weights"] = p.Weights,
            ["bytes"] = p.Bytes,
        });

    /// <summary>JSON of <see cref="WriteEntries"/>.</summary>
    public static JsonArray EntriesJson(IReadOnlyList<EntryFacts> entries) => Json.Array(entries, e => new JsonObject
    {
        ["entry"] = e.Name,
        ["bytes"] = e.Bytes,
        ["instructions"] = e.Instructions,
        ["by_unit"] = new JsonObject(e.ByUnit.Select(u => KeyValuePair.Create<string, JsonNode?>(u.Unit, u.Count))),
    });

    /// <summary>JSON of <see cref="BankFacts"/>.</summary>
    public static JsonObject BanksJson(BankFacts banks) => new()
    {
        ["min_bytes"] = banks.Least,
        ["max_bytes"] = banks.Most,
        ["mean_bytes"] = banks.Mean,
        ["imbalance"] = banks.Imbalance,
    };
}
