using System.Globalization;
using Flightc.Diagnostics;
using Flightc.IR;
using NormKind = Flightc.Models.NormKind;

namespace Flightc.Raising;

/// <summary>Writes a decoder that was found as a Graph: names by role, nodes in the order in which families are built.</summary>
/// <param name="decoder">The decoder.</param>
/// <param name="weightOf">A weight by role.</param>
internal sealed class GraphWriter(RaisedDecoder decoder, Func<string, RaisedWeight, Weight> weightOf)
{
    private GraphBuilder _builder = new("", 1);

    /// <summary>The Graph.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="contextLength">The most tokens of a sequence.</param>
    public Graph Write(string name, int contextLength)
    {
        _builder = new GraphBuilder(name, contextLength);
        ValueId ids = _builder.Input("ids", new TensorType(ElementType.I32, Dim.Tokens));
        ValueId x = _builder.Node("embed", new Embedding(decoder.Embedding.Scale), ids, Weight("embed.weight", decoder.Embedding.Table));
        if (decoder.Positions is { } positions)
        {
            x = _builder.Node("embed.positions", new AddPositions(positions.Offset), x, Weight("positions.weight", positions.Table));
        }

        for (int i = 0; i < decoder.Layers.Count; i++)
        {
            string layer = string.Create(CultureInfo.InvariantCulture, $"layers.{i}");
            x = Attend($"{layer}.attn", decoder.Layers[i], x);
            x = FeedForward($"{layer}.mlp", decoder.Layers[i], x);
        }

        x = Norm("norm", decoder.Norm, x);
        ValueId logits = Product(decoder.Cap == 0 ? "logits" : "logits.raw", decoder.Head, x, "head");
        return _builder.Build(decoder.Cap == 0 ? logits : _builder.Node("logits", new SoftCap(decoder.Cap), logits));
    }

    private ValueId Attend(string name, RaisedLayer layer, ValueId residual)
    {
        AttentionTerm attention = layer.Attention;
        ValueId normed = Norm($"{name}.norm", layer.AttentionNorm, residual);
        ValueId q = Product($"{name}.q", Projection(attention.Q), normed);
        ValueId k = Product($"{name}.k", Projection(attention.K), normed);
        ValueId v = Product($"{name}.v", Projection(attention.V), normed);
        q = Positioned($"{name}.q", attention.Q, attention, q);
        k = Positioned($"{name}.k", attention.K, attention, k);
        Attention op = new(
            attention.Heads, attention.KvHeads, attention.HeadSize, Scale: attention.Scale, Window: attention.Window, Cap: attention.Cap);
        ValueId mixed = _builder.Node($"{name}.out", op, q, k, v);
        return Residual(name, residual, Product($"{name}.o", layer.Output, mixed), layer.AttentionPostNorm);
    }

    private ValueId FeedForward(string name, RaisedLayer layer, ValueId residual)
    {
        ValueId hidden = Norm($"{name}.norm", layer.MlpNorm, residual);
        Activation function = new(layer.Function);
        if (layer.Gate is not null)
        {
            ValueId gate = Product($"{name}.gate", layer.Gate, hidden);
            ValueId up = Product($"{name}.up", layer.Up, hidden);
            hidden = _builder.Node($"{name}.hidden", new Mul(), _builder.Node($"{name}.act", function, gate), up);
        }
        else
        {
            hidden = _builder.Node($"{name}.act", function, Product($"{name}.up", layer.Up, hidden));
        }

        return Residual(name, residual, Product($"{name}.down", layer.Down, hidden), layer.MlpPostNorm);
    }

    private ValueId Positioned(string name, Term heads, AttentionTerm attention, ValueId x)
    {
        ValueId value = heads is NormTerm norm ? Norm($"{name}.norm", norm, x, attention.HeadSize) : x;
        return attention.Rotary is { } angles ? _builder.Node($"{name}.rotary", new RotaryEmbedding(attention.HeadSize, angles), value) : value;
    }

    private ValueId Residual(string name, ValueId residual, ValueId added, NormTerm? postNorm) => _builder.Node(
        $"{name}.residual", new Add(), residual, postNorm is null ? added : Norm($"{name}.post_norm", postNorm, added));

    private ValueId Norm(string name, NormTerm norm, ValueId x, int headSize = 0)
    {
        RaisedWeight weight = norm.Weight ?? RaisedWeight.Ones(norm.Size);
        int size = headSize != 0 && norm.Size == headSize ? headSize : 0;
        if ((size == 0 && norm.Size != norm.Columns) || (size != 0 && norm.Kind == NormKind.Layer))
        {
            throw new CompilationException(Codes.OnnxModelUnsupported, $"'{name}' norms {norm.Size} of {norm.Columns} numbers; only RMS norms of heads can be compiled so", name);
        }

        ValueId w = Weight($"{name}.weight", weight);
        return norm.Kind == NormKind.Rms
            ? _builder.Node(name, new RmsNorm(norm.Epsilon, size), x, w)
            : norm.Bias is null
                ? _builder.Node(name, new LayerNorm(norm.Epsilon, HasBias: false), x, w)
                : _builder.Node(name, new LayerNorm(norm.Epsilon), x, w, Weight($"{name}.bias", norm.Bias));
    }

    private ValueId Product(string name, LinearTerm linear, ValueId x, string? role = null)
    {
        ValueId weight = Weight($"{role ?? name}.weight", linear.Weight);
        return linear.Bias is null
            ? _builder.Node(name, new Linear(), x, weight)
            : _builder.Node(name, new Linear(HasBias: true), x, weight, Weight($"{role ?? name}.bias", linear.Bias));
    }

    private ValueId Weight(string role, RaisedWeight weight) => _builder.Weight(weightOf(role, weight));

    private static LinearTerm Projection(Term heads) => heads as LinearTerm ?? (LinearTerm)((NormTerm)heads).X;
}
