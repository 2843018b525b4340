using System.Globalization;
using System.Text.Json.Nodes;
using Flightc.Cli.Terminal;
using Flightc.Diagnostics;
using Flightc.FlightLlm;

namespace Flightc.Cli.Images;

/// <summary>What <c>disasm</c> and <c>verify</c> say of a file of bare instructions.</summary>
/// <param name="path">The file.</param>
/// <param name="program">Its program.</param>
internal sealed class PublishedReport(string path, PublishedProgram program)
{
    /// <summary>Writes the text of the program to standard output.</summary>
    public void WriteAssembly(Output output)
    {
        if (!output.IsJson)
        {
            PublishedDisassembly.Write(program, output.Results);
            return;
        }

        using StringWriter text = new();
        PublishedDisassembly.Write(program, text);
        JsonObject document = Facts();
        document["assembly"] = text.ToString();
        output.WriteJson(document);
    }

    /// <summary>Checks the tokens and writes to standard output which rules hold.</summary>
    /// <returns>What is wrong; it is not reported yet.</returns>
    public IReadOnlyList<Diagnostic> WriteVerification(Output output)
    {
        TokenCheck check = TokenCheck.Of(program, path);
        List<(string Check, bool Passed)> checks =
        [
            ("every word belongs to an instruction", true),
            ("every pair of units releases as many tokens as it waits for", check.BalanceFindings.Count == 0),
            ("all instructions can be executed, whatever the timing", check.OrderFindings.Count == 0),
        ];
        if (program.Encoding.EndField.Length > 0)
        {
            checks.Add(("the last instruction ends the program, after all others", check.EndFindings.Count == 0));
        }

        if (output.IsJson)
        {
            output.WriteJson(VerificationJson(check, checks));
            return check.Findings;
        }

        foreach ((string what, bool passed) in checks)
        {
            output.Results.WriteLine($"{(passed ? "ok    " : "FAILED")}  {what}");
        }

        output.Results.WriteLine();
        Tables.Write(
            output, "", ["from", "to", ">released", ">waited for", ">peak"],
            check.Edges.Select(e => (string[])[e.From.Name(), e.To.Name(), Number(e.Released), Number(e.Waited), Number(e.Peak)]));
        output.Results.WriteLine(PublishedDisassembly.Summary(program));
        output.Results.WriteLine(check.Findings.Count == 0 ? $"{path} is valid" : $"{path} is not valid");
        return check.Findings;
    }

    private JsonObject VerificationJson(TokenCheck check, List<(string Check, bool Passed)> checks)
    {
        JsonObject document = Facts();
        document["is_valid"] = check.Findings.Count == 0;
        document["checks"] = Json.Array(checks, c => new JsonObject { ["check"] = c.Check, ["passed"] = c.Passed });
        document["edges"] = Json.Array(check.Edges, e => new JsonObject
        {
            ["from"] = e.From.Name(),
            ["to"] = e.To.Name(),
            ["released"] = e.Released,
            ["waited"] = e.Waited,
            ["peak"] = e.Peak,
        });
        document["diagnostics"] = Json.Of(check.Findings);
        return document;
    }

    private JsonObject Facts() => new()
    {
        ["image"] = path,
        ["isa"] = program.Encoding.Name,
        ["words"] = program.Words.Length,
        ["instructions"] = program.Count,
        ["by_unit"] = new JsonObject(program.CountByUnit().Select(u => KeyValuePair.Create(u.Unit.Name(), (JsonNode?)u.Count))),
    };

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
