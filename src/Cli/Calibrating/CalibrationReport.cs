using System.Text.Json.Nodes;
using Flightc.Calibration;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;

namespace Flightc.Cli.Calibrating;

/// <summary>What is in a file of statistics.</summary>
internal static class CalibrationReport
{
    private const int ShownHash = 12;

    /// <summary>Says what was written.</summary>
    /// <param name="path">The file.</param>
    /// <param name="warnings">For machines, who do not read standard error.</param>
    /// <param name="output">Where to.</param>
    public static void WriteSummary(string path, IReadOnlyList<Diagnostic> warnings, Output output)
    {
        using CalibrationStatistics statistics = CalibrationFile.Read(path);
        if (output.IsJson)
        {
            JsonObject document = Summary(path, statistics);
            document["diagnostics"] = Json.Of(warnings);
            output.WriteJson(document);
            return;
        }

        if (!output.IsQuiet)
        {
            Tables.WriteFacts(output, Facts(path, statistics));
        }
    }

    /// <summary>Shows what is in it, matrix by matrix. Reads all of it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="output">Where to.</param>
    public static void WriteDetails(string path, Output output)
    {
        using CalibrationStatistics statistics = CalibrationFile.Read(path);
        MatrixSummary[] matrices = [.. MatrixSummary.Of(statistics)];
        if (output.IsJson)
        {
            JsonObject document = Summary(path, statistics);
            document["matrices"] = Json.Array(matrices, ToJson);
            output.WriteJson(document);
            return;
        }

        Tables.WriteFacts(output, Facts(path, statistics));
        Tables.Write(
            output, "", ["matrix", ">rows x columns", ">trace of A", ">dead inputs", ">rank of A", ">trace of G", ">rank of G", ">lookups"],
            matrices.Select(m => (IReadOnlyList<string>)
            [
                m.Matrix.Role, $"{m.Matrix.Rows} x {m.Matrix.Columns}", Real(m.Input?.Trace), m.Input is null ? "" : Quantity.Count(m.Input.Dead),
                Rank(m.Input), Real(m.Output?.Trace), Rank(m.Output), Real(m.Lookup?.Trace),
            ]));
    }

    private static (string, string)[] Facts(string path, CalibrationStatistics statistics) =>
    [
        ("statistics", $"{path}, {Quantity.Bytes(new FileInfo(path).Length)}"),
        ("model", statistics.ModelHash[..ShownHash]),
        .. statistics.Parts.Select(p => (
            "text", $"{p.TextHash[..ShownHash]}: {Quantity.Count(p.Windows)} windows of at most {p.Length}, {Quantity.Count(p.Tokens)} tokens, seed {p.Seed}, draws {p.Draws}")),
        ("matrices", Quantity.Count(statistics.Matrices.Count)),
    ];

    private static string Real(double? value) =>
        value is { } v ? v.ToString("G4", System.Globalization.CultureInfo.InvariantCulture) : "";

    private static string Rank(MomentSummary? moment) =>
        moment is null ? "" : double.IsNaN(moment.EffectiveRank) ? "-" : Quantity.Real(moment.EffectiveRank, 1);

    private static JsonObject Summary(string path, CalibrationStatistics statistics) => new()
    {
        ["statistics"] = path,
        ["bytes"] = new FileInfo(path).Length,
        ["model_hash"] = statistics.ModelHash,
        ["tokens"] = statistics.Tokens,
        ["parts"] = Json.Array(statistics.Parts, p => new JsonObject
        {
            ["text_hash"] = p.TextHash,
            ["tokens"] = p.Tokens,
            ["windows"] = p.Windows,
            ["length"] = p.Length,
            ["seed"] = p.Seed,
            ["draws"] = p.Draws,
        }),
    };

    private static JsonObject ToJson(MatrixSummary m) => new()
    {
        ["role"] = m.Matrix.Role,
        ["rows"] = m.Matrix.Rows,
        ["columns"] = m.Matrix.Columns,
        ["input"] = m.Matrix.IsMultiplied ? m.Matrix.Input : null,
        ["input_trace"] = m.Input?.Trace,
        ["input_largest"] = m.InputLargest,
        ["input_dead"] = m.Input?.Dead,
        ["input_rank"] = m.Input is null ? null : Json.Number(m.Input.EffectiveRank),
        ["output_trace"] = m.Output?.Trace,
        ["output_dead"] = m.Output?.Dead,
        ["output_rank"] = m.Output is null ? null : Json.Number(m.Output.EffectiveRank),
        ["lookup_trace"] = m.Lookup?.Trace,
        ["lookup_unseen"] = m.LookupUnseen,
    };
}
