using System.Text.Json;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Models;

namespace Flightc.Cli.Compiling;

/// <summary>
/// How a model's authors want text to be generated, as an image holds it: the keys of
/// <c>generation_config.json</c>.
/// </summary>
/// <param name="BosTokenId">The id that begins a sequence; null where there is none.</param>
/// <param name="EosTokenIds">The ids that end a sequence, ascending.</param>
/// <param name="Samples">Whether to sample; otherwise the likeliest token is taken.</param>
/// <param name="Temperature">Null where not stated.</param>
/// <param name="TopK">Null where not stated.</param>
/// <param name="TopP">Null where not stated.</param>
/// <param name="MaxNewTokens">Null where not stated.</param>
internal sealed record GenerationDefaults(
    int? BosTokenId, IReadOnlyList<int> EosTokenIds, bool Samples, double? Temperature, int? TopK,
    double? TopP, int? MaxNewTokens)
{
    /// <summary>Nothing stated.</summary>
    public static GenerationDefaults None { get; } = new(null, [], false, null, null, null, null);

    /// <summary>
    /// What a checkpoint says: <c>generation_config.json</c>, and <c>config.json</c> where that is silent.
    /// </summary>
    /// <exception cref="CompilationException">The file is damaged.</exception>
    public static GenerationDefaults Of(string? generationConfig, ModelConfig model)
    {
        GenerationConfig stated = generationConfig is null
            ? GenerationConfig.Empty
            : GenerationConfig.Read(generationConfig);
        int[] ends = stated.EosTokenIds.Length > 0 ? stated.EosTokenIds : model.EosTokenIds;
        return new GenerationDefaults(
            stated.BosTokenId ?? model.BosTokenId, [.. ends.Distinct().Order()], stated.Samples ?? false,
            stated.Temperature, stated.TopK, stated.TopP,
            stated.MaxNewTokens);
    }

    /// <summary>The section of an image; the same bytes for the same content.</summary>
    public byte[] ToJson()
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            Write(json, "bos_token_id", BosTokenId);
            json.WriteStartArray("eos_token_id");
            foreach (int id in EosTokenIds)
            {
                json.WriteNumberValue(id);
            }

            json.WriteEndArray();
            json.WriteBoolean("do_sample", Samples);
            Write(json, "temperature", Temperature);
            Write(json, "top_k", TopK);
            Write(json, "top_p", TopP);
            Write(json, "max_new_tokens", MaxNewTokens);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    /// <summary>Reads the section of an image; an empty one states nothing.</summary>
    /// <exception cref="CompilationException">It is damaged (FLC4005).</exception>
    public static GenerationDefaults Parse(ReadOnlyMemory<byte> section, string location)
    {
        if (section.IsEmpty)
        {
            return None;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(section);
            JsonElement root = document.RootElement;
            JsonElement? Find(string key) =>
                root.TryGetProperty(key, out JsonElement value) && value.ValueKind is not JsonValueKind.Null
                    ? value
                    : null;
            return new GenerationDefaults(
                Find("bos_token_id")?.GetInt32(),
                [.. Find("eos_token_id")?.EnumerateArray().Select(e => e.GetInt32()) ?? []],
                Find("do_sample")?.GetBoolean() ?? false, Find("temperature")?.GetDouble(),
                Find("top_k")?.GetInt32(), Find("top_p")?.GetDouble(),
                Find("max_new_tokens")?.GetInt32());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new CompilationException(
                Codes.ImageDamaged,
                $"the section '{SectionNames.Generation}' is not what it should be: {Excerpt.Of(e.Message)}",
                location,
                "compile the image again", e);
        }
    }

    private static void Write(Utf8JsonWriter json, string key, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(key, number);
        }
    }
}
