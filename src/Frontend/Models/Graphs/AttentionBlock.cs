using Flightc.IR;

namespace Flightc.Models;

/// <summary>The first half of a layer: attention, and the projections before and behind it.</summary>
internal static class AttentionBlock
{
    /// <summary>Adds what attention gives to the residual stream.</summary>
    /// <param name="name">Of the block, such as <c>layers.3.attn</c>.</param>
    /// <param name="parts">What it is built of.</param>
    /// <param name="layer">What this layer has of its own.</param>
    /// <param name="residual">The residual stream.</param>
    public static ValueId Build(string name, DecoderParts parts, LayerSettings layer, ValueId residual)
    {
        ModelConfig config = parts.Config;
        AttentionSettings settings = config.Attention;
        long queries = (long)config.HeadCount * config.HeadSize, keys = (long)config.KeyValueHeadCount * config.HeadSize;
        ValueId normed = parts.Norm($"{name}.norm", residual);
        ValueId q = parts.Product($"{name}.q", normed, queries, settings.HasBias);
        ValueId k = parts.Product($"{name}.k", normed, keys, settings.HasBias);
        ValueId v = parts.Product($"{name}.v", normed, keys, settings.HasBias);
        q = Positioned($"{name}.q", q);
        k = Positioned($"{name}.k", k);
        Attention attention = new(
            config.HeadCount, config.KeyValueHeadCount, config.HeadSize, Scale: layer.Scale ?? settings.Scale, Window: layer.Window, Cap: settings.Cap);
        ValueId mixed = parts.Node($"{name}.out", attention, q, k, v);
        return parts.Residual(name, residual, parts.Product($"{name}.o", mixed, config.HiddenSize, settings.HasOutputBias));

        ValueId Positioned(string projection, ValueId x)
        {
            ValueId value = settings.HasHeadNorms ? parts.HeadNorm($"{projection}.norm", x) : x;
            return layer.Rotary is { } angles
                ? parts.Node($"{projection}.rotary", new RotaryEmbedding(config.HeadSize, angles), value)
                : value;
        }
    }
}
