using System.Text.Json;
using Flightc.Checkpoints;
using Flightc.Diagnostics;

namespace Flightc.Quantised;

/// <summary>Recognises how a checkpoint is quantised, before any tensor's name means anything.</summary>
public static class QuantisationReader
{
    private const int ByteLimit = 16 << 20;
    private const string Key = "quantization_config";

    private const string Advice = "bring the model's unquantised checkpoint, or one of GPTQ, AWQ, compressed-tensors or FP8, and let a recipe do the rest";

    // What other methods are, for people who only know the file.
    private static readonly Dictionary<string, string> Others = new(StringComparer.OrdinalIgnoreCase)
    {
        ["bitsandbytes"] = "bitsandbytes (NF4, FP4 or LLM.int8)",
        ["hqq"] = "HQQ",
        ["aqlm"] = "AQLM (additive codebooks)",
        ["quip"] = "QuIP (codebooks)",
        ["vptq"] = "VPTQ (codebooks)",
        ["eetq"] = "EETQ",
        ["quanto"] = "Quanto",
        ["torchao"] = "torchao",
        ["higgs"] = "HIGGS (codebooks)",
        ["spqr"] = "SpQR",
        ["bitnet"] = "BitNet (ternary)",
        ["fbgemm_fp8"] = "FBGEMM's FP8",
        ["modelopt"] = "TensorRT Model Optimizer",
        ["quark"] = "AMD Quark",
        ["mxfp4"] = "MXFP4",
        ["nvfp4"] = "NVFP4",
        ["auto-round"] = "AutoRound's own layout",
        ["intel/auto-round"] = "AutoRound's own layout",
        ["squeezellm"] = "SqueezeLLM (lookup tables)",
        ["marlin"] = "Marlin's shuffled layout",
        ["gguf"] = "GGUF",
    };

    /// <summary>Reads the configuration that belongs to a checkpoint.</summary>
    /// <param name="configPath">Its <c>config.json</c>; a <c>quantize_config.json</c> beside it counts where that says nothing.</param>
    /// <param name="bag">Receives <see cref="Codes.ConfigInvalid"/> and <see cref="Codes.FeatureUnsupported"/>, the latter with what to bring instead.</param>
    /// <returns>Null where the checkpoint is not quantised, or where an error was reported.</returns>
    public static QuantisationSettings? TryRead(string configPath, DiagnosticBag bag)
    {
        try
        {
            using JsonFile config = JsonFile.Open(configPath, Codes.ConfigInvalid, ByteLimit);
            if (Inside(config.Root) is { } settings)
            {
                return Read(settings, config.LocationOf(Key), bag);
            }

            string beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(configPath))!, "quantize_config.json");
            if (!File.Exists(beside))
            {
                return null;
            }

            using JsonFile old = JsonFile.Open(beside, Codes.ConfigInvalid, ByteLimit);
            return Read(old.Root, beside, bag);
        }
        catch (CompilationException e)
        {
            foreach (Diagnostic fault in e.Diagnostics)
            {
                bag.Error(fault.Code, fault.Message, fault.Location, fault.Help);
            }

            return null;
        }
    }

    // Multimodal models keep it beside the text model or inside.
    private static JsonElement? Inside(JsonElement root) =>
        root.TryGetProperty(Key, out JsonElement found) && found.ValueKind is JsonValueKind.Object ? found
        : root.TryGetProperty("compression_config", out found) && found.ValueKind is JsonValueKind.Object ? found
        : root.TryGetProperty("text_config", out JsonElement text) && text.ValueKind is JsonValueKind.Object ? Inside(text)
        : null;

    private static QuantisationSettings? Read(JsonElement settings, string location, DiagnosticBag bag)
    {
        // Files of AutoGPTQ do not name their method.
        string method = Text(settings, "quant_method")
            ?? (settings.TryGetProperty("bits", out _) ? settings.TryGetProperty("zero_point", out _) ? "awq" : "gptq" : "");
        return method.ToUpperInvariant() switch
        {
            "GPTQ" => Gptq(settings, location, bag),
            "AWQ" => Awq(settings, location, bag),
            "COMPRESSED-TENSORS" or "SPARSEML" => CompressedTensorsReader.Read(settings, location, bag),
            "FP8" => Float8(settings, location, bag),
            _ => Refuse(Others.GetValueOrDefault(method, $"the method '{Excerpt.Of(method)}'"), location, bag),
        };
    }

    private static QuantisationSettings? Gptq(JsonElement settings, string location, DiagnosticBag bag)
    {
        string format = Text(settings, "checkpoint_format") ?? "gptq";
        int? bits = Whole(settings, "bits");
        if (format is not ("gptq" or "gptq_v2"))
        {
            return Refuse($"GPTQ in the format '{Excerpt.Of(format)}'", location, bag);
        }

        if (bits is not (2 or 3 or 4 or 8))
        {
            bag.Error(Codes.ConfigInvalid, $"'{Key}.bits' is {bits?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "missing"}; 2, 3, 4 or 8 is wanted", location,
                "take the config.json that was saved with the weights, or the model's unquantised checkpoint");
            return null;
        }

        string packing = Text(settings, "pack_dtype") ?? "int32";
        return packing == "int32"
            ? new QuantisationSettings(QuantisationMethod.Gptq)
            {
                Bits = bits.Value,
                GroupSize = Math.Max(0, Whole(settings, "group_size") ?? 0),
                ZeroOffset = format == "gptq" ? 1 : 0,
                HasZeros = settings.TryGetProperty("sym", out JsonElement symmetric) && symmetric.ValueKind is JsonValueKind.False,
                Overrides = Dynamic(settings, location, bag),
                FormatName = $"{(format == "gptq" ? "GPTQ" : "GPTQ v2")} with {bits} bits",
            }.Bounded(location, bag)
            : Refuse($"GPTQ packed in '{Excerpt.Of(packing)}'", location, bag);
    }

    // "+:pattern" overrides settings, "-:pattern" leaves modules as floats, which their tensors say anyway.
    private static List<ModuleOverride> Dynamic(JsonElement settings, string location, DiagnosticBag bag)
    {
        List<ModuleOverride> overrides = [];
        if (!settings.TryGetProperty("dynamic", out JsonElement rules) || rules.ValueKind is not JsonValueKind.Object)
        {
            return overrides;
        }

        foreach (JsonProperty rule in rules.EnumerateObject().Where(r => !r.Name.StartsWith("-:", StringComparison.Ordinal)))
        {
            string text = rule.Name.StartsWith("+:", StringComparison.Ordinal) ? rule.Name[2..] : rule.Name;
            if (ModulePattern.OfRegex(text) is not { } pattern || rule.Value.ValueKind is not JsonValueKind.Object)
            {
                bag.Error(Codes.ConfigInvalid, $"'{Key}.dynamic' has '{Excerpt.Of(rule.Name)}', which is no pattern of at most {ModulePattern.MostCharacters} characters with settings", location);
                continue;
            }

            overrides.Add(new ModuleOverride(pattern, Whole(rule.Value, "bits"), Whole(rule.Value, "group_size") is { } size ? Math.Max(0, size) : null));
        }

        return overrides;
    }

    private static QuantisationSettings? Awq(JsonElement settings, string location, DiagnosticBag bag)
    {
        string version = (Text(settings, "version") ?? "gemm").ToUpperInvariant();
        int bits = Whole(settings, "bits") ?? Whole(settings, "w_bit") ?? 4;
        return version != "GEMM" || bits != 4
            ? Refuse($"AWQ in the version '{Excerpt.Of(version.ToLowerInvariant())}' with {bits} bits; that of GEMM with 4 is known", location, bag)
            : new QuantisationSettings(QuantisationMethod.Awq)
            {
                Bits = bits,
                GroupSize = Math.Max(0, Whole(settings, "group_size") ?? Whole(settings, "q_group_size") ?? 0),
                HasZeros = settings.TryGetProperty("zero_point", out JsonElement zeros) && zeros.ValueKind is JsonValueKind.True,
                FormatName = "AWQ with 4 bits",
            };
    }

    private static QuantisationSettings Float8(JsonElement settings, string location, DiagnosticBag bag)
    {
        (int, int) block = default;
        if (settings.TryGetProperty("weight_block_size", out JsonElement sizes) && sizes.ValueKind is not JsonValueKind.Null)
        {
            block = SizesOf(sizes) ?? default;
            if (block == default)
            {
                bag.Error(Codes.ConfigInvalid, $"'{Key}.weight_block_size' is no pair of sizes from 1", location);
            }
        }

        return new QuantisationSettings(QuantisationMethod.Float8) { Bits = 8, Block = block, FormatName = "FP8" };
    }

    internal static QuantisationSettings? Refuse(string what, string location, DiagnosticBag bag)
    {
        bag.Error(Codes.FeatureUnsupported, $"the checkpoint is quantised by {what}, which cannot be read", location, Advice);
        return null;
    }

    /// <summary>Rows and columns of a block; null for what is no pair of numbers from 1.</summary>
    internal static (int Rows, int Columns)? SizesOf(JsonElement pair) =>
        pair.ValueKind is JsonValueKind.Array && pair.GetArrayLength() == 2 && pair.EnumerateArray().All(size => size.ValueKind is JsonValueKind.Number)
        && pair[0].TryGetInt32(out int rows) && pair[1].TryGetInt32(out int columns) && rows > 0 && columns > 0 ? (rows, columns) : null;

    internal static string? Text(JsonElement scope, string key) =>
        scope.TryGetProperty(key, out JsonElement value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    internal static int? Whole(JsonElement scope, string key) =>
        scope.TryGetProperty(key, out JsonElement value) ? Whole(value) : null;

    private static int? Whole(JsonElement value) => value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out int number) ? number : null;
}
