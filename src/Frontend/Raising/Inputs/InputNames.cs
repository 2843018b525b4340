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

    /// <summary>Why an input is refused, and what would help.</summary>
    public static (string Found, string Help) Explain(OnnxValue value)
    {
        string name = value.Name.ToLowerInvariant();
        string type = $"{value.ElementType.OnnxName()}[{string.Join(',', value.Shape?.Select(d => d.Size?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? d.Symbol) ?? [])}]";
        string found = $"the input '{Excerpt.Of(value.Name)}' {Excerpt.Of(type)} is none that a decoder of text has";
        return
            name.Contains("inputs_embeds", StringComparison.Ordinal)
                ? (found, "export the model with input_ids: embeddings are looked up on the card")
            : name.Contains("encoder", StringComparison.Ordinal) ? (found, "models with an encoder cannot be compiled; a decoder by itself can")
            : name.Contains("pixel", StringComparison.Ordinal) || name.Contains("image", StringComparison.Ordinal) || name.Contains("audio", StringComparison.Ordinal)
                ? (found, "export the part of the model that is for text")
            : (found, "wanted are token ids, masks, positions, and past keys and values; export a whole decoder, from token ids to logits");
    }

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
