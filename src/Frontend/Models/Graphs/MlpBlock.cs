using Flightc.IR;

namespace Flightc.Models;

/// <summary>The second half of a layer: the feed-forward network.</summary>
internal static class MlpBlock
{
    /// <summary>Adds what the network gives to the residual stream.</summary>
    /// <param name="name">Of the block, such as <c>layers.3.mlp</c>.</param>
    /// <param name="parts">What it is built of.</param>
    /// <param name="residual">The residual stream.</param>
    public static ValueId Build(string name, DecoderParts parts, ValueId residual)
    {
        ModelConfig config = parts.Config;
        MlpSettings settings = config.Mlp;
        Activation activation = new(settings.Function);
        ValueId hidden = parts.Norm($"{name}.norm", residual);
        if (settings.IsGated)
        {
            ValueId gate = parts.Product($"{name}.gate", hidden, config.IntermediateSize, settings.HasBias);
            ValueId up = parts.Product($"{name}.up", hidden, config.IntermediateSize, settings.HasBias);
            hidden = parts.Node($"{name}.hidden", new Mul(), parts.Node($"{name}.act", activation, gate), up);
        }
        else
        {
            ValueId up = parts.Product($"{name}.up", hidden, config.IntermediateSize, settings.HasBias);
            hidden = parts.Node($"{name}.act", activation, up);
        }

        return parts.Residual(name, residual, parts.Product($"{name}.down", hidden, config.HiddenSize, settings.HasBias));
    }
}
