using System.Globalization;
using System.Text;
using System.Text.Json;
using Flightc.Diagnostics;

namespace Flightc.IR;

/// <summary>The file form of <see cref="AttentionMasks"/>, JSON: docs/attention-masks.md.</summary>
/// <remarks>
/// <code>
/// {
///   "format": "flightc-attention-masks-1",
///   "block": 64,
///   "blocks": 3,
///   "heads": 2,
///   "layers": [
///     ["1/11/111", "1/11/101"]
///   ]
/// }
/// </code>
/// A string per query head: a row of the triangle for each block of queries, a digit per block of keys, 1 where it
/// is kept. The text is a function of the masks, and what it says reads back as them.
/// </remarks>
public static class AttentionMaskFile
{
    private const string Format = "flightc-attention-masks-1";

    // Masks of 32 layers and 32 heads over 512 blocks have 135 million digits.
    private const int ByteLimit = 1 << 28;
    private const int MaxLayers = 1024;
    private const int MaxDepth = 4;

    private static readonly string[] Keys = ["format", "block", "blocks", "heads", "layers"];

    /// <summary>The text, every line ending in a line feed.</summary>
    public static string Print(AttentionMasks masks)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{{\n  \"format\": \"{Format}\",\n  \"block\": {LayerMask.BlockTokens},\n");
        text.Append(CultureInfo.InvariantCulture, $"  \"blocks\": {masks.Blocks},\n  \"heads\": {masks.Heads},\n  \"layers\": [\n");
        for (int layer = 0; layer < masks.Layers.Count; layer++)
        {
            text.Append("    [\n");
            for (int head = 0; head < masks.Heads; head++)
            {
                text.Append("      \"");
                PrintHead(text, masks.Layers[layer], head);
                text.Append(head + 1 < masks.Heads ? "\",\n" : "\"\n");
            }

            text.Append(layer + 1 < masks.Layers.Count ? "    ],\n" : "    ]\n");
        }

        return text.Append("  ]\n}\n").ToString();
    }

    /// <summary>Reads a file, which may come from anywhere.</summary>
    /// <exception cref="CompilationException">It cannot be read (FLC1001), or is no file of masks
    /// (FLC1101).</exception>
    public static AttentionMasks Read(string path) =>
        Parse(InputFile.ReadAll(path, ByteLimit, Codes.ConfigInvalid), path);

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">JSON.</param>
    /// <param name="path">What errors call it.</param>
    /// <exception cref="CompilationException">They are no masks (FLC1101).</exception>
    public static AttentionMasks Parse(ReadOnlyMemory<byte> bytes, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(
                bytes, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            return Take(document.RootElement, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            string where = e is JsonException { LineNumber: long line, BytePositionInLine: long column }
                ? string.Create(CultureInfo.InvariantCulture, $"{path}:{line + 1}:{column + 1}")
                : path;
            throw new CompilationException(Codes.ConfigInvalid, $"not valid JSON: {Excerpt.Of(e.Message)}", where, "", e);
        }
    }

    private static void PrintHead(StringBuilder text, LayerMask mask, int head)
    {
        for (int i = 0; i < mask.Blocks; i++)
        {
            text.Append(i > 0 ? "/" : "");
            for (int j = 0; j <= i; j++)
            {
                text.Append(mask.Keeps(head, i, j) ? '1' : '0');
            }
        }
    }

    private static AttentionMasks Take(JsonElement root, string path)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Wrong(path, "the file holds no JSON object");
        }

        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (!Keys.Contains(property.Name, StringComparer.Ordinal))
            {
                throw Wrong(path, $"there is no key '{Excerpt.Of(property.Name)}'; {string.Join(", ", Keys)} are known");
            }
        }

        JsonElement format = Value(root, "format", JsonValueKind.String, "a string", path);
        if (format.GetString() != Format)
        {
            throw Wrong(path, $"'format' is '{Excerpt.Of(format.GetString()!)}'; '{Format}' is wanted");
        }

        Number(root, "block", LayerMask.BlockTokens, LayerMask.BlockTokens, path);
        int blocks = Number(root, "blocks", 1, LayerMask.MaxBlocks, path);
        int heads = Number(root, "heads", 1, LayerMask.MaxHeads, path);
        JsonElement layers = Value(root, "layers", JsonValueKind.Array, "an array", path);
        if (layers.GetArrayLength() is 0 or > MaxLayers)
        {
            throw Wrong(path, $"'layers' has {layers.GetArrayLength()} elements; 1 to {MaxLayers} are possible");
        }

        return new AttentionMasks([.. layers.EnumerateArray().Select((layer, number) => Layer(layer, number, heads, blocks, path))]);
    }

    private static LayerMask Layer(JsonElement layer, int number, int heads, int blocks, string path)
    {
        string place = string.Create(CultureInfo.InvariantCulture, $"layers[{number}]");
        if (layer.ValueKind != JsonValueKind.Array || layer.GetArrayLength() != heads)
        {
            throw Wrong(path, $"'{place}' has to be an array of {heads} strings, one for each head");
        }

        string[] rows = new string[heads];
        for (int head = 0; head < heads; head++)
        {
            JsonElement text = layer[head];
            string here = string.Create(CultureInfo.InvariantCulture, $"{place}[{head}]");
            rows[head] = text.ValueKind == JsonValueKind.String ? text.GetString()! : throw Wrong(path, $"'{here}' is no string");
            Check(rows[head], blocks, here, path);
        }

        return new LayerMask(heads, blocks, (head, i, j) => rows[head][Start(i) + j] == '1');
    }

    // Where row i begins: rows of 1, 2, … digits, a stroke behind each.
    private static int Start(int i) => (int)(LayerMask.Triangle(i) + i);

    private static void Check(string text, int blocks, string here, string path)
    {
        if (text.Length != Start(blocks) - 1)
        {
            throw Wrong(path, $"'{here}' has {text.Length} characters; {blocks} rows of 1 to {blocks} digits have {Start(blocks) - 1}");
        }

        for (int i = 0; i < blocks; i++)
        {
            ReadOnlySpan<char> row = text.AsSpan(Start(i), i + 1);
            bool isRow = row.IndexOfAnyExcept('0', '1') < 0 && (i + 1 == blocks || text[Start(i) + i + 1] == '/');
            if (!isRow || row[i] != '1')
            {
                throw Wrong(
                    path,
                    isRow ? $"row {i} of '{here}' hides its last block, where queries meet their own keys; it has to be 1"
                        : $"row {i} of '{here}' is not {i + 1} digits 0 or 1{(i + 1 == blocks ? "" : " with a '/' behind them")}");
            }
        }
    }

    private static JsonElement Value(JsonElement root, string key, JsonValueKind kind, string what, string path) =>
        root.TryGetProperty(key, out JsonElement value) && value.ValueKind == kind
            ? value
            : throw Wrong(path, $"'{key}' has to be there and {what}");

    private static int Number(JsonElement root, string key, int least, int most, string path) =>
        Value(root, key, JsonValueKind.Number, "a number", path).TryGetInt32(out int number) && number >= least && number <= most
            ? number
            : throw Wrong(path, least == most ? $"'{key}' has to be {least}" : $"'{key}' has to be a whole number from {least} to {most}");

    private static CompilationException Wrong(string path, string message) => new(
        Codes.ConfigInvalid, message, path, "docs/attention-masks.md says what a file of masks is like");
}
