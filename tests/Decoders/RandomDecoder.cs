using System.Globalization;
using Flightc.IR;

namespace Flightc.Tests;

/// <summary>The float Graph of a decoder of any settings, named by role, with seeded random weights.</summary>
internal sealed class RandomDecoder : IWeights
{
    private readonly Dictionary<string, float[]> _weights = new(StringComparer.Ordinal);
    private readonly DecoderSettings _settings;
    private readonly RandomNumbers _random;
    private readonly bool _hasData;
    private readonly GraphBuilder _graph;

    /// <param name="settings">What it is like.</param>
    /// <param name="seed">Of its weights; without one there are none, as for large models that are only mapped.</param>
    public RandomDecoder(DecoderSettings settings, ulong? seed)
    {
        (_settings, _random, _hasData) = (settings, new RandomNumbers(seed ?? 0), seed is not null);
        _graph = new GraphBuilder("random", settings.Context);
        Graph = Build();
    }

    public Graph Graph { get; }

    public bool HasData => _hasData;

    public void Read(string name, long start, Span<float> destination) => _weights[name].AsSpan((int)start, destination.Length).CopyTo(destination);

    public string HashOf(string name) => "";

    private Graph Build()
    {
        ValueId ids = _graph.Input("ids", new TensorType(ElementType.I32, Dim.Tokens));
        ValueId table = Weight("embed.weight", 1.5f / MathF.Sqrt(_settings.Hidden), 0, _settings.Vocabulary, _settings.Hidden);
        ValueId x = _graph.Node("embed", new Embedding(_settings.EmbeddingScale), ids, table);
        if (_settings.PositionOffset is { } offset)
        {
            x = _graph.Node(
                "embed.positions", new AddPositions(offset), x,
                Weight("positions.weight", 0.3f, 0, _settings.Context + offset + 3, _settings.Hidden));
        }

        x = _settings.HasEmbeddingNorm ? Norm("embed.norm", x) : x;
        for (int layer = 0; layer < _settings.Layers; layer++)
        {
            x = Layer(layer, x);
        }

        x = _settings.IsPostNorm ? x : Norm("norm", x);
        ValueId head = _settings.IsTied ? table : Matrix("head.weight", _settings.Vocabulary, _settings.Hidden);
        string name = _settings.LogitCap > 0 ? "logits.raw" : "logits";
        ValueId logits = Linear(name, x, head, _settings.HasHeadBias ? "head.bias" : null, _settings.Vocabulary);
        return _graph.Build(_settings.LogitCap > 0 ? _graph.Node("logits", new SoftCap(_settings.LogitCap), logits) : logits);
    }

    private ValueId Layer(int layer, ValueId x)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"layers.{layer}");
        ValueId normed = _settings.IsPostNorm ? x : Norm($"{name}.attn.norm", x);
        ValueId attended = Attention(layer, $"{name}.attn", normed);
        if (_settings.IsParallel)
        {
            ValueId read = _settings.SharesNorm ? normed : Norm($"{name}.mlp.norm", x);
            ValueId fed = FeedForward($"{name}.mlp", read);
            return _settings.AddsBranchesFirst
                ? _graph.Node($"{name}.mlp.residual", new Add(), x, _graph.Node($"{name}.sum", new Add(), attended, fed))
                : _graph.Node($"{name}.mlp.residual", new Add(), _graph.Node($"{name}.attn.residual", new Add(), x, attended), fed);
        }

        x = _graph.Node($"{name}.attn.residual", new Add(), x, _settings.HasPostNorms ? Norm($"{name}.attn.post_norm", attended) : attended);
        x = _settings.IsPostNorm ? Norm($"{name}.attn.norm", x) : x;
        ValueId hidden = FeedForward($"{name}.mlp", _settings.IsPostNorm ? x : Norm($"{name}.mlp.norm", x));
        x = _graph.Node($"{name}.mlp.residual", new Add(), x, _settings.HasPostNorms ? Norm($"{name}.mlp.post_norm", hidden) : hidden);
        return _settings.IsPostNorm ? Norm($"{name}.mlp.norm", x) : x;
    }

    private ValueId Attention(int layer, string name, ValueId x)
    {
        (int queries, int keys) = (_settings.Heads * _settings.HeadDim, _settings.KvHeads * _settings.HeadDim);
        ValueId Heads(string part, int rows, bool isValue)
        {
            ValueId y = Linear($"{name}.{part}", x, Matrix($"{name}.{part}.weight", rows, _settings.Hidden), _settings.HasProjectionBias ? $"{name}.{part}.bias" : null, rows);
            if (!isValue && _settings.HasHeadNorms)
            {
                y = _graph.Node($"{name}.{part}.norm", new RmsNorm(1e-6f, _settings.HeadDim), y, Weight($"{name}.{part}.norm.weight", 0.25f, 1, _settings.HeadDim));
            }

            return !isValue && _settings.RotaryOf(layer) is { } angles ? _graph.Node($"{name}.{part}.rotary", new RotaryEmbedding(_settings.HeadDim, angles), y) : y;
        }

        ValueId output = _graph.Node(
            $"{name}.out",
            new Attention(
                _settings.Heads, _settings.KvHeads, _settings.HeadDim, null, _settings.Scale, _settings.Windows[layer % _settings.Windows.Count], _settings.Cap),
            Heads("q", queries, false), Heads("k", keys, false), Heads("v", keys, true));
        return Linear($"{name}.o", output, Matrix($"{name}.o.weight", _settings.Hidden, queries), _settings.HasOutputBias ? $"{name}.o.bias" : null, _settings.Hidden);
    }

    private ValueId FeedForward(string name, ValueId x)
    {
        ValueId Project(string part) => Linear(
            $"{name}.{part}", x, Matrix($"{name}.{part}.weight", _settings.Intermediate, _settings.Hidden),
            _settings.HasFeedForwardBias ? $"{name}.{part}.bias" : null, _settings.Intermediate);
        ValueId gate = Project(_settings.IsGated ? "gate" : "up");
        ValueId hidden = _graph.Node($"{name}.act", new Activation(_settings.Function), gate);
        hidden = _settings.IsGated ? _graph.Node($"{name}.hidden", new Mul(), hidden, Project("up")) : hidden;
        return Linear(
            $"{name}.down", hidden, Matrix($"{name}.down.weight", _settings.Hidden, _settings.Intermediate),
            _settings.HasFeedForwardBias ? $"{name}.down.bias" : null, _settings.Hidden);
    }

    private ValueId Norm(string name, ValueId x)
    {
        ValueId weight = Weight($"{name}.weight", 0.25f, 1, _settings.Hidden);
        return !_settings.IsLayerNorm ? _graph.Node(name, new RmsNorm(1e-5f), x, weight)
            : _settings.HasNormBias ? _graph.Node(name, new LayerNorm(1e-5f), x, weight, Weight($"{name}.bias", 0.25f, 0, _settings.Hidden))
            : _graph.Node(name, new LayerNorm(1e-5f, HasBias: false), x, weight);
    }

    private ValueId Linear(string name, ValueId x, ValueId matrix, string? bias, int rows) => bias is null
        ? _graph.Node(name, new Linear(), x, matrix)
        : _graph.Node(name, new Linear(HasBias: true), x, matrix, Weight(bias, 0.4f, 0, rows));

    private ValueId Matrix(string name, int rows, int columns) => Weight(name, 1.5f / MathF.Sqrt(columns), 0, rows, columns);

    private ValueId Weight(string name, float scale, float mean, params int[] shape)
    {
        if (_hasData && !_weights.ContainsKey(name))
        {
            float[] data = _random.Floats(shape.Aggregate(1, (a, b) => a * b), scale);
            for (int i = 0; i < data.Length; i++)
            {
                data[i] += mean;
            }

            _weights.Add(name, data);
        }

        return _graph.Weight(new Weight(name, new TensorType(ElementType.F32, [.. shape.Select(s => new Dim(s))])));
    }
}
