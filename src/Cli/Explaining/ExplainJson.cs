using System.Text.Json.Nodes;
using Flightc.Cli.Reports;
using Flightc.Cli.Terminal;
using Flightc.Isa;

namespace Flightc.Cli.Explaining;

/// <summary>An explanation for machines: docs/json.md.</summary>
internal static class ExplainJson
{
    /// <summary>The document.</summary>
    public static JsonObject Of(Subject subject, Explained explained) => new()
    {
        ["name"] = explained.Thing.Name,
        ["kind"] = explained.Thing.Kind,
        ["target"] = subject.Program.Geometry.Target,
        ["recipe"] = subject.Recipe,
        ["members"] = new JsonArray([.. explained.Members.Select(m => (JsonNode)m)]),
        ["weight"] = explained.Thing.Weight is { } weight ? Weight(weight, explained) : null,
        ["rows"] = Json.Array(explained.Weight?.Rows ?? [], r => new JsonObject
        {
            ["core"] = r.Core,
            ["product"] = r.Product,
            ["first"] = r.First,
            ["count"] = r.Count,
        }),
        ["streams"] = Json.Array(explained.Weight?.Streams ?? [], s => new JsonObject
        {
            ["core"] = s.Core,
            ["channel"] = s.Channel,
            ["tiles"] = s.Tiles,
            ["bytes"] = s.Bytes,
            ["first_byte"] = s.First,
            ["end_byte"] = s.End,
        }),
        ["instructions"] = Json.Array(explained.Instructions, i => new JsonObject
        {
            ["entry"] = i.Entry,
            ["core"] = i.Core,
            ["unit"] = InstructionSet.NameOf(i.Unit),
            ["index"] = i.Index,
            ["text"] = Assembly.Print(i.Instruction),
        }),
        ["places"] = Json.Array(explained.Places, p => new JsonObject
        {
            ["core"] = explained.PlacesOf,
            ["memory"] = p.Memory,
            ["address"] = p.Address,
            ["bytes"] = p.Bytes,
            ["is_write"] = p.IsWrite,
            ["instruction"] = p.Instruction,
        }),
        ["steps"] = Json.Array(explained.Steps, Step),
    };

    private static JsonObject Weight(SubjectWeight weight, Explained explained) => new()
    {
        ["role"] = weight.Role,
        ["source"] = weight.Source.Length > 0 ? weight.Source : null,
        ["shape"] = new JsonArray([.. weight.Shape.Select(d => (JsonNode)d)]),
        ["sha256"] = explained.Sha256.Length > 0 ? explained.Sha256 : null,
        ["format"] = weight.Format,
        ["stream_bytes"] = explained.Weight?.Bytes,
        ["density"] = explained.Weight?.Density,
        ["blocks"] = explained.Weight is { } facts
            ? new JsonObject(facts.Blocks.OrderBy(b => b.Key).Select(b => KeyValuePair.Create<string, JsonNode?>(b.Key.ToString().ToLowerInvariant(), b.Value)))
            : null,
        ["fused_with"] = new JsonArray([.. (explained.Weight?.FusedWith ?? []).Select(f => (JsonNode)f)]),
    };

    private static JsonObject Step(StepFacts step) => new()
    {
        ["step"] = StepOption.Text(step.Step),
        ["step_cycles"] = step.StepCycles,
        ["start_cycle"] = step.Start,
        ["end_cycle"] = step.End,
        ["bound_by"] = step.Resources.Bound,
        ["needed_cycles"] = ReportJson.Resources(step.Resources),
        ["units"] = Json.Array(step.Units, u => new JsonObject
        {
            ["core"] = u.Core,
            ["unit"] = InstructionSet.NameOf(u.Unit),
            ["instructions"] = u.Count,
            ["busy_cycles"] = u.Busy,
            ["stall_cycles"] = ReportJson.Stalls(u.Stalls),
        }),
    };
}
