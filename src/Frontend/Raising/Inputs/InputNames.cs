using System.Globalization;
using Flightc.Diagnostics;
using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>What exporters call the inputs of decoders.</summary>
internal static class InputNames
{
    /// <summary>The input, or null where no decoder has one like it.</summary>
    public static DecoderInput? Recognise(OnnxValue value)
    {
        string name = value.Name.ToLowerInvariant();
        int rank = value.Shape?.Count ?? -1;
        bool isInteger = value.ElementType is OnnxElementType.Int64 or OnnxElementType.Int32;
        bool isFloat = value.ElementType is OnnxElementType.Float or OnnxElementType.Float16 or OnnxElementType.BFloat16;
        if (Has("use_cache_branch"))
        {
            return new DecoderInput(value, InputKind.UsesCache);
        }

        if (isInteger)
        {
            InputKind? kind =
                Has("logits_to_keep") ? InputKind.LogitsKept
                : Has("seqlens_k") ? InputKind.LastPosition
                : Has("total_seq", "nonpad_kv_seqlen") ? InputKind.TotalLength
                : Has("write_ind", "cache_position", "past_seq", "past_len", "cache_length") ? InputKind.PastLength
                : Has("position") && rank <= 2 ? InputKind.Positions
                : Has("mask") && rank is 2 or -1 ? InputKind.Mask
                : rank is 1 or 2 or -1 && (Has("input_ids", "token", "ids") || name is "input" or "x") ? InputKind.TokenIds
                : null;
            return kind is null ? null : new DecoderInput(value, kind.Value);
        }

        if (Has("mask") && (isFloat || value.ElementType == OnnxElementType.Bool))
        {
            return rank == 2 ? new DecoderInput(value, InputKind.Mask) : rank == 4 && isFloat ? new DecoderInput(value, InputKind.AddedMask) : null;
        }

        return isFloat && rank is 3 or 4 or 5 && Has("past", "cache", "key", "value") ? new DecoderInput(value, InputKind.Past, PastAxis(value)) : null;

        bool Has(params ReadOnlySpan<string> parts)
        {
            foreach (string part in parts)
            {
                if (name.Contains(part, StringComparison.Ordinal))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Why inputs are refused, and what would help; those of one type and reason, such as the caches of all layers, in one sentence.</summary>
    public static IEnumerable<(string Found, string Help)> Explain(IReadOnlyList<OnnxValue> values) =>
        values.GroupBy(value => (Type: TypeOf(value), Why: Explain(value))).Select(group =>
        {
            string[] names = [.. group.Select(value => value.Name)];
            string subject = names.Length == 1 ? $"the input '{Excerpt.Of(names[0])}'" : $"the inputs {Excerpt.List(names)},";
            string verb = names.Length == 1 ? "is" : "each";
            return ($"{subject} {verb} {Excerpt.Of(group.Key.Type)}, {group.Key.Why.What}", group.Key.Why.Help);
        });

    private static (string What, string Help) Explain(OnnxValue value)
    {
        const string other = "which no decoder of text has";
        return
            Has("inputs_embeds") ? (other, "export the model with input_ids: embeddings are looked up on the card")
            : Has("encoder") ? (other, "models with an encoder cannot be compiled; a decoder by itself can")
            : Has("pixel") || Has("image") || Has("audio") ? (other, "export the part of the model that is for text")
            : Has("past") && value.ElementType.Bits() is > 0 and <= 8
                ? ("a cache of numbers that are quantised", "export the model with keys and values as floats; what 'flightc export --recipe' writes is for runtimes: compile the model it was made of")
            : (other, "wanted are token ids, masks, positions, and past keys and values; export a whole decoder, from token ids to logits");

        bool Has(string part) => value.Name.Contains(part, StringComparison.OrdinalIgnoreCase);
    }

    private static string TypeOf(OnnxValue value) =>
        $"{value.ElementType.OnnxName()}[{string.Join(',', value.Shape?.Select(d => d.Size?.ToString(CultureInfo.InvariantCulture) ?? d.Symbol) ?? [])}]";

    // Symbols say it where exporters gave names to axes; otherwise [batch, heads, tokens, size], [2, batch, heads, tokens, size] and [batch, tokens, width].
    private static int PastAxis(OnnxValue value)
    {
        IReadOnlyList<OnnxDim> shape = value.Shape!;
        for (int axis = 0; axis < shape.Count; axis++)
        {
            string symbol = shape[axis].Symbol.ToLowerInvariant();
            if (shape[axis].Size is null && (symbol.Contains("past", StringComparison.Ordinal) || symbol.Contains("seq", StringComparison.Ordinal)
                || symbol.Contains("cache", StringComparison.Ordinal) || symbol.Contains("len", StringComparison.Ordinal)))
            {
                return axis;
            }
        }

        return shape.Count switch { 3 => 1, 4 => 2, _ => 3 };
    }
}
