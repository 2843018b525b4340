using System.Globalization;
using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;

namespace Flightc.Cli.Oracles;

/// <summary>What a comparison with an oracle found.</summary>
internal static class OracleReport
{
    /// <summary>Lines for people.</summary>
    public static void Write(OracleFinding finding, Output output) => Tables.WriteFacts(
        output,
        ("oracle", $"{finding.Oracle}, on {finding.Ran}"),
        ("largest difference", $"{Real(finding.Difference)} of the largest logit, over {Quantity.Count(finding.Tokens)} tokens; at most {Real(OracleFinding.Limit)} is wanted"),
        ("same top token", $"{Quantity.Count(finding.SameTop)} of {Quantity.Count(finding.Tokens)}"));

    /// <summary>An object for machines; null where nothing was compared.</summary>
    public static JsonObject? ToJson(OracleFinding? finding) => finding is null ? null : new JsonObject
    {
        ["name"] = finding.Oracle,
        ["ran"] = finding.Ran,
        ["tokens"] = finding.Tokens,
        ["largest_difference"] = Json.Number(finding.Difference),
        ["limit"] = OracleFinding.Limit,
        ["same_top"] = finding.SameTop,
    };

    private static string Real(double value) => value.ToString("0.0e+0", CultureInfo.InvariantCulture);
}
