using Flightc.IR;

namespace Flightc.Models;

/// <summary>What the blocks of a decoder are built of: norms and projections with their weights.</summary>
/// <param name="builder">Receives them.</param>
/// <param name="config">The decoder.</param>
/// <param name="weightOf">A weight by role and shape.</param>
internal sealed class DecoderParts(GraphBuilder builder, ModelConfig config, Func<string, long[], Weight> weightOf)
{
    /// <summary>The decoder.</summary>
    public ModelConfig Config => config;

    /// <summary>A weight.</summary>
    public ValueId Weight(string role, params long[] shape) => builder.Weight(weightOf(role, shape));

    /// <summary>An operation.</summary>
    public ValueId Node(string name, Op op, params ReadOnlySpan<ValueId> operands) => builder.Node(name, op, operands);

    /// <summary>A norm of the residual stream, of the decoder's kind.</summary>
    public ValueId Norm(string name, ValueId x)
    {
        float epsilon = (float)config.NormEpsilon;
        ValueId weight = Weight($"{name}.weight", config.HiddenSize);
        return config.Norms.Kind is NormKind.Rms
            ? builder.Node(name, new RmsNorm(epsilon), x, weight)
            : config.Norms.HasBias
                ? builder.Node(name, new LayerNorm(epsilon), x, weight, Weight($"{name}.bias", config.HiddenSize))
                : builder.Node(name, new LayerNorm(epsilon, HasBias: false), x, weight);
    }

    /// <summary>A norm of every head by itself.</summary>
    public ValueId HeadNorm(string name, ValueId x) => builder.Node(
        name, new RmsNorm((float)config.NormEpsilon, config.HeadSize), x, Weight($"{name}.weight", config.HeadSize));

    /// <summary>A projection.</summary>
    public ValueId Product(string name, ValueId x, long outputs, bool hasBias)
    {
        ValueId weight = Weight($"{name}.weight", outputs, builder.TypeOf(x).Columns);
        return hasBias
            ? builder.Node(name, new Linear(HasBias: true), x, weight, Weight($"{name}.bias", outputs))
            : builder.Node(name, new Linear(), x, weight);
    }

    /// <summary>The residual stream with something added, which is normed before in some families.</summary>
    public ValueId Residual(string block, ValueId residual, ValueId added) => builder.Node(
        $"{block}.residual", new Add(), residual, config.Norms.HasPostNorms ? Norm($"{block}.post_norm", added) : added);
}
