using Flightc.Onnx.Proto;

namespace Flightc.Tests;

/// <summary>A decoder around com.microsoft's MultiHeadAttention, its rotary embedding before it, repeated heads where there are fewer of keys, and caches.</summary>
internal sealed record MultiHeadDecoder
{
    private const int Vocabulary = 61;
    private const int Hidden = 64;
    private const int Ffn = 96;
    private const int Layers = 2;
    private const int Heads = 4;
    private const int Size = 16;
    private const int Block = 32;

    /// <summary>Rows of the tables of angles, and so the longest sequence.</summary>
    public const int CacheRows = 96;

    /// <summary>Heads of keys and values. Fewer than queries have are repeated before attention, and the cache is joined outside.</summary>
    public int Groups { get; init; } = Heads;

    public WeightForm Weights { get; init; }

    /// <summary>One table of codes for <c>GatherBlockQuantized</c> and the head.</summary>
    public bool IsTied { get; init; }

    /// <summary>Two whole decoders in the branches of <c>If</c>: one behind a past, one without, as merged exports have them.</summary>
    public bool IsMerged { get; init; }

    public byte[] Build()
    {
        DialectModel m = new(21, seed: 13);
        string ids = m.Input("input_ids", TensorProto.Types.DataType.Int64, 1, "sequence");
        string[] pasts = [.. Enumerable.Range(0, 2 * Layers).Select(i => m.Input(
            $"past_key_values.{i / 2}.{(i % 2 == 0 ? "key" : "value")}", TensorProto.Types.DataType.Float, 1, Groups, "past_sequence", Size))];
        Parameters parameters = new(m, this);
        string[] results = IsMerged
            ? m.If(
                m.Input("use_cache_branch", TensorProto.Types.DataType.Bool, 1), 1 + (2 * Layers),
                () => Decode(m, parameters, ids, pasts), () => Decode(m, parameters, ids, null))
            : Decode(m, parameters, ids, pasts);
        m.Output("logits", results[0], 1, "sequence", Vocabulary);
        for (int i = 0; i < 2 * Layers; i++)
        {
            m.Output($"present.{i / 2}.{(i % 2 == 0 ? "key" : "value")}", results[1 + i], 1, Groups, "total_sequence", Size);
        }

        return m.Build();
    }

    private string[] Decode(DialectModel m, Parameters p, string ids, string[]? pasts)
    {
        string tokens = Extent(m, ids, 1), before = pasts is null ? m.Longs([0]) : Extent(m, pasts[0], 2);
        string zero = m.Longs([0]), one = m.Longs([1]), total = m.Node("Add", [before, tokens]);
        string positions = m.Node("Unsqueeze", [m.Node("Range", [before, total, one]), m.Longs([0], 1)]);
        string later = m.Node("Greater", [m.Node("Range", [zero, total, one]), m.Node("Unsqueeze", [positions, m.Longs([1, 3], 2)])]);
        string mask = m.Node("Where", [later, m.Floats([float.MinValue]), m.Floats([0])]);
        string x = p.Embedding(ids);
        List<string> presents = [];
        for (int i = 0; i < Layers; i++)
        {
            Layer layer = p.Layers[i];
            string normed = Norm(m, x, layer.InputNorm);
            string q = Turned(m, p, layer.Query(normed), positions, Heads), k = Turned(m, p, layer.Key(normed), positions, Groups), v = layer.Value(normed);
            (string mixed, string key, string value) = Attend(m, q, k, v, mask, pasts?[2 * i], pasts?[(2 * i) + 1]);
            presents.AddRange([key, value]);
            x = m.Node("Add", [x, layer.Output(mixed)]);
            normed = Norm(m, x, layer.PostNorm);
            x = m.Node("Add", [x, layer.Down(m.Node("com.microsoft.QuickGelu", [layer.Up(normed)], DialectModel.Float("alpha", 1)))]);
        }

        return [p.Head(Norm(m, x, p.FinalNorm)), .. presents];
    }

    private (string Mixed, string Key, string Value) Attend(DialectModel m, string q, string k, string v, string mask, string? pastKey, string? pastValue)
    {
        AttributeProto heads = DialectModel.Int("num_heads", Heads);
        if (Groups == Heads)
        {
            string[] results = m.Nodes("com.microsoft.MultiHeadAttention", 3, [q, k, v, "", "", mask, pastKey ?? "", pastValue ?? ""], heads);
            return (results[0], results[1], results[2]);
        }

        (string key, string value) = (Cached(k, pastKey), Cached(v, pastValue));
        return (m.Node("com.microsoft.MultiHeadAttention", [q, Repeated(key), Repeated(value), "", "", mask], heads), key, value);

        string Cached(string rows, string? past)
        {
            string split = m.Node("Transpose", [m.Node("Reshape", [rows, m.Longs([0, 0, Groups, Size], 4)])], DialectModel.Ints("perm", 0, 2, 1, 3));
            return past is null ? split : m.Node("Concat", [past, split], DialectModel.Int("axis", 2));
        }

        // [1, groups, S, size] becomes [1, S, heads · size].
        string Repeated(string cached)
        {
            string wide = m.Node("Unsqueeze", [cached, m.Longs([2], 1)]);
            string count = m.Node("Unsqueeze", [Extent(m, cached, 2), m.Longs([0], 1)]);
            string shape = m.Node("Concat", [m.Longs([1, Groups, Heads / Groups], 3), count, m.Longs([Size], 1)], DialectModel.Int("axis", 0));
            string all = m.Node("Reshape", [m.Node("Expand", [wide, shape]), m.Longs([1, Heads, -1, Size], 4)]);
            return m.Node("Reshape", [m.Node("Transpose", [all], DialectModel.Ints("perm", 0, 2, 1, 3)), m.Longs([0, 0, Heads * Size], 3)]);
        }
    }

    private static string Extent(DialectModel m, string value, int axis) => m.Node("Gather", [m.Node("Shape", [value]), m.Longs([axis])]);

    private static string Turned(DialectModel m, Parameters p, string rows, string positions, int heads) => m.Node(
        "com.microsoft.RotaryEmbedding", [rows, positions, p.Cos, p.Sin], DialectModel.Int("num_heads", heads), DialectModel.Int("interleaved", 0));

    private static string Norm(DialectModel m, string x, string weight) =>
        m.Node("SimplifiedLayerNormalization", [x, weight], DialectModel.Float("epsilon", 1e-5f), DialectModel.Int("axis", -1));

    /// <summary>A matrix product that is composed wherever it is used, of weights that stand once.</summary>
    private delegate string Product(string x);

    private sealed record Layer(string InputNorm, Product Query, Product Key, Product Value, Product Output, string PostNorm, Product Up, Product Down);

    /// <summary>Weights, shared by branches.</summary>
    private sealed class Parameters
    {
        private readonly DialectModel _m;
        private readonly WeightForm _form;

        public Parameters(DialectModel m, MultiHeadDecoder decoder)
        {
            (_m, _form) = (m, decoder.Weights);
            int groups = decoder.Groups * Size;
            Layers = [.. Enumerable.Range(0, MultiHeadDecoder.Layers).Select(_ => new Layer(
                m.Vector(Hidden, 1), Matrix(Hidden, Heads * Size), Matrix(Hidden, groups), Matrix(Hidden, groups), Matrix(Heads * Size, Hidden),
                m.Vector(Hidden, 1), Matrix(Hidden, Ffn), Matrix(Ffn, Hidden)))];
            FinalNorm = m.Vector(Hidden, 1);
            (Embedding, Head) = decoder.IsTied ? Tied() : (Rows(), Matrix(Hidden, Vocabulary));
            (Cos, Sin) = (Table(a => Math.SinCos(a).Cos), Table(a => Math.SinCos(a).Sin));
        }

        public Layer[] Layers { get; }

        public string FinalNorm { get; }

        public Product Embedding { get; }

        public Product Head { get; }

        public string Cos { get; }

        public string Sin { get; }

        private Product Rows()
        {
            string table = _m.Matrix(Vocabulary, Hidden);
            return ids => _m.Node("Gather", [table, ids]);
        }

        // The head's codes in another shape are the table.
        private (Product Embedding, Product Head) Tied()
        {
            (string codes, string scales, string zeros) = Codes(Hidden, Vocabulary);
            return (
                ids => _m.Node(
                    "com.microsoft.GatherBlockQuantized", [_m.Node("Reshape", [codes, _m.Longs([Vocabulary, Hidden / 2], 2)]), ids, scales, zeros],
                    DialectModel.Int("bits", 4), DialectModel.Int("block_size", Block), DialectModel.Int("gather_axis", 0), DialectModel.Int("quantize_axis", 1)),
                x => Blocks(x, codes, scales, zeros, Hidden, Vocabulary));
        }

        private Product Matrix(int inputs, int outputs)
        {
            if (_form == WeightForm.Floats)
            {
                string weight = _m.Matrix(inputs, outputs);
                return x => _m.Node("MatMul", [x, weight]);
            }

            if (_form == WeightForm.Blocks)
            {
                (string codes, string scales, string zeros) = Codes(inputs, outputs);
                return x => Blocks(x, codes, scales, zeros, inputs, outputs);
            }

            if (_form == WeightForm.Columns)
            {
                string bytes = _m.Tensor(TensorProto.Types.DataType.Int8, _m.Bytes(inputs * outputs), inputs, outputs);
                string sizes = _m.Floats([.. Steps(inputs, outputs).Select(s => s / 16)], outputs);
                return x => _m.Node("MatMul", [x, _m.Node("DequantizeLinear", [bytes, sizes], DialectModel.Int("axis", 1))]);
            }

            int blocks = inputs / Block;
            string packed = _m.Tensor(TensorProto.Types.DataType.Uint4, _m.Bytes(outputs * inputs / 2), outputs, inputs);
            string steps = _m.Floats(Steps(inputs, outputs * blocks), outputs, blocks);
            string middles = _m.Tensor(TensorProto.Types.DataType.Uint4, _m.Bytes(((outputs * blocks) + 1) / 2), outputs, blocks);
            return x =>
            {
                string weight = _m.Node("DequantizeLinear", [packed, steps, middles], DialectModel.Int("axis", 1), DialectModel.Int("block_size", Block));
                return _m.Node("MatMul", [x, _m.Node("Transpose", [weight], DialectModel.Ints("perm", 1, 0))]);
            };
        }

        private (string Codes, string Scales, string Zeros) Codes(int inputs, int outputs)
        {
            int blocks = inputs / Block, bytes = (blocks + 1) / 2;
            return (
                _m.Codes(_m.Bytes(outputs * inputs / 2), outputs, blocks, Block / 2), _m.Floats(Steps(inputs, outputs * blocks), outputs, blocks),
                _m.Codes(_m.Bytes(outputs * bytes), outputs, bytes));
        }

        private float[] Steps(int inputs, int count) => [.. _m.Bytes(count).Select(b => 0.25f / MathF.Sqrt(inputs) * (1 + (b / 512f)))];

        private string Blocks(string x, string codes, string scales, string zeros, int inputs, int outputs) => _m.Node(
            "com.microsoft.MatMulNBits", [x, codes, scales, zeros], DialectModel.Int("K", inputs), DialectModel.Int("N", outputs), DialectModel.Int("bits", 4),
            DialectModel.Int("block_size", Block));

        private string Table(Func<double, double> function)
        {
            const int Half = Size / 2;
            float[] table = new float[CacheRows * Half];
            for (int i = 0; i < table.Length; i++)
            {
                table[i] = (float)function(i / Half * Math.Exp(-Math.Log(10000) * (i % Half) / Half));
            }

            return _m.Floats(table, CacheRows, Half);
        }
    }
}
