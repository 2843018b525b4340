using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.Quantised;

/// <summary>Reads the configuration of compressed-tensors: which modules have codes of how many bits.</summary>
internal static class CompressedTensorsReader
{
    // What is known of formats; the tensors say the rest.
    private static readonly string[] Known = ["pack-quantized", "int-quantized", "float-quantized", "naive-quantized", "dense"];
    private static readonly string[] KnownSparse = ["dense", "sparse-24-bitmask", "sparse-bitmask"];

    public static QuantisationSettings? Read(JsonElement settings, string location, DiagnosticBag bag)
    {
        string format = QuantisationReader.Text(settings, "format") ?? "dense";
        string sparse = settings.TryGetProperty("sparsity_config", out JsonElement sparsity) && sparsity.ValueKind is JsonValueKind.Object
            ? QuantisationReader.Text(sparsity, "format") ?? "dense" : "dense";
        List<ModuleOverride> overrides = [];
        List<string> unknown = [];
        if (!Known.Contains(format) && format != "mixed-precision")
        {
            unknown.Add(format);
        }

        if (!KnownSparse.Contains(sparse))
        {
            unknown.Add(sparse);
        }

        if (settings.TryGetProperty("config_groups", out JsonElement groups) && groups.ValueKind is JsonValueKind.Object)
        {
            foreach (JsonProperty group in groups.EnumerateObject())
            {
                if (group.Value.ValueKind is JsonValueKind.Object)
                {
                    ReadGroup(group.Value, overrides, unknown);
                }
            }
        }

        return unknown.Count > 0
            ? QuantisationReader.Refuse($"compressed-tensors in the format {string.Join(", ", unknown.Distinct().Select(u => $"'{Excerpt.Of(u)}'"))}", location, bag)
            : new QuantisationSettings(QuantisationMethod.CompressedTensors) { Overrides = [.. overrides.OrderBy(o => o.Pattern.Breadth)], FormatName = $"compressed-tensors {format}" }
                .Bounded(location, bag);
    }

    private static void ReadGroup(JsonElement group, List<ModuleOverride> overrides, List<string> unknown)
    {
        if (QuantisationReader.Text(group, "format") is { } format && !Known.Contains(format))
        {
            unknown.Add(format);
        }

        if (!group.TryGetProperty("weights", out JsonElement weights) || weights.ValueKind is not JsonValueKind.Object)
        {
            return;
        }

        int? bits = QuantisationReader.Whole(weights, "num_bits");
        if (QuantisationReader.Text(weights, "type") == "float" && bits is not (null or 8))
        {
            unknown.Add($"float of {bits} bits");
        }

        int? size = QuantisationReader.Whole(weights, "group_size");
        (int blockRows, int blockColumns) = weights.TryGetProperty("block_structure", out JsonElement block) ? QuantisationReader.SizesOf(block) ?? default : default;
        IEnumerable<string> targets = group.TryGetProperty("targets", out JsonElement list) && list.ValueKind is JsonValueKind.Array
            ? list.EnumerateArray().Where(t => t.ValueKind is JsonValueKind.String).Select(t => t.GetString()!) : ["Linear"];
        foreach (string target in targets)
        {
            ModulePattern? pattern = target.StartsWith("re:", StringComparison.Ordinal)
                ? ModulePattern.OfRegex(target[3..]) : ModulePattern.OfName(target);
            if (pattern is not null)
            {
                overrides.Add(new ModuleOverride(pattern, bits, size > 0 ? size : blockColumns, blockRows));
            }
        }
    }
}
