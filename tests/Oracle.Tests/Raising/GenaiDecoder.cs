using Flightc.Onnx.Proto;

namespace Flightc.Tests;

/// <summary>A decoder as onnxruntime-genai's builder writes it: com.microsoft operators around GroupQueryAttention.</summary>
internal sealed record GenaiDecoder
{
    private const int Vocabulary = 61;
    private const int Hidden = 64;
    private const int Ffn = 96;
    private const int Layers = 2;
    private const int CacheRows = 96;

    public int Heads { get; init; } = 4;

    public int Groups { get; init; } = 2;

    public int HeadSize { get; init; } = 16;

    /// <summary>One projection for queries, keys and values, with a bias behind it.</summary>
    public bool IsPacked { get; init; }

    public bool HasBias { get; init; }

    /// <summary>Norms of query and key heads, as nodes before attention.</summary>
    public bool HasHeadNorms { get; init; }

    /// <summary>The same as inputs of attention, as builds for GPUs have them.</summary>
    public bool FusesHeadNorms { get; init; }

    public int Window { get; init; } = -1;

    public float Cap { get; init; }

    public float Scale { get; init; }

    public bool IsInterleaved { get; init; }

    /// <summary>Elements of a head that are turned.</summary>
    public int RotaryDim { get; init; } = 16;

    /// <summary>Weights as codes of so many bits; 0 for floats.</summary>
    public int Bits { get; init; }

    /// <summary>Norms behind attention and feed-forward network, a scaled embedding and GELU, as in Gemma 2.</summary>
    public bool IsGemma { get; init; }

    /// <summary>All floats in half precision.</summary>
    public bool IsHalf { get; init; }

    /// <summary>Tokens beyond which heads are turned by other angles, chosen by <c>If</c>; 0 for the same ones everywhere.</summary>
    public int OriginalLength { get; init; }

    public byte[] Build()
    {
        DialectModel m = new(21, seed: 7, IsHalf);
        string ids = m.Input("input_ids", TensorProto.Types.DataType.Int64, "batch_size", "sequence_length");
        string mask = m.Input("attention_mask", TensorProto.Types.DataType.Int64, "batch_size", "total_sequence_length");
        string[] pasts = [.. Enumerable.Range(0, 2 * Layers).Select(i => m.Input(
            $"past_key_values.{i / 2}.{(i % 2 == 0 ? "key" : "value")}", m.FloatType, "batch_size", Groups, "past_sequence_length", HeadSize))];
        string counts = m.Node("ReduceSum", [mask, m.Longs([1], 1)], DialectModel.Int("keepdims", 0));
        string lengths = m.Node("Cast", [m.Node("Sub", [counts, m.Longs([1], 1)])], DialectModel.Int("to", 6));
        string total = m.Node("Cast", [m.Node("Gather", [m.Node("Shape", [mask]), m.Longs([1])], DialectModel.Int("axis", 0))], DialectModel.Int("to", 6));
        (string cos, string sin) = OriginalLength == 0 ? Caches(m, CacheRows) : ChosenCaches(m, total);
        string x = m.Node("Gather", [m.Matrix(Vocabulary, Hidden), ids]);
        x = IsGemma ? m.Node("Mul", [x, m.Floats([8])]) : x;
        string normed = m.Node("SimplifiedLayerNormalization", [x, m.Vector(Hidden, 1)], Norm());
        for (int i = 0; i < Layers; i++)
        {
            string attention = Attention(m, normed, [pasts[2 * i], pasts[2 * i + 1], lengths, total, cos, sin], i);
            attention = IsGemma ? m.Node("SimplifiedLayerNormalization", [attention, m.Vector(Hidden, 1)], Norm()) : attention;
            (normed, x) = Skip(m, x, attention);
            string gate = Product(m, normed, Hidden, Ffn), up = Product(m, normed, Hidden, Ffn);
            string act = IsGemma
                ? m.Node("Gelu", [gate], DialectModel.Text("approximate", "tanh"))
                : m.Node("Mul", [gate, m.Node("Sigmoid", [gate])]);
            string down = Product(m, m.Node("Mul", [act, up]), Ffn, Hidden);
            down = IsGemma ? m.Node("SimplifiedLayerNormalization", [down, m.Vector(Hidden, 1)], Norm()) : down;
            (normed, x) = Skip(m, x, down);
        }

        string logits = Product(m, normed, Hidden, Vocabulary);
        if (IsGemma)
        {
            logits = m.Node("Mul", [m.Node("Tanh", [m.Node("Div", [logits, m.Floats([3])])]), m.Floats([3])]);
        }

        m.Output("logits", logits, "batch_size", "sequence_length", Vocabulary);
        return m.Build();
    }

    private string Attention(DialectModel m, string normed, string[] state, int layer)
    {
        int queries = Heads * HeadSize, keys = Groups * HeadSize;
        string q, k = "", v = "";
        if (IsPacked)
        {
            q = Biased(m, Product(m, normed, Hidden, queries + (2 * keys)), queries + (2 * keys));
        }
        else
        {
            q = Biased(m, Product(m, normed, Hidden, queries), queries);
            k = Biased(m, Product(m, normed, Hidden, keys), keys);
            v = Biased(m, Product(m, normed, Hidden, keys), keys);
        }

        if (HasHeadNorms)
        {
            if (IsPacked)
            {
                string[] parts = m.Nodes("Split", 3, [q, m.Longs([queries, keys, keys], 3)], DialectModel.Int("axis", -1));
                (q, k, v) = (parts[0], parts[1], parts[2]);
            }

            (q, k) = (HeadNorm(m, q, queries), HeadNorm(m, k, keys));
        }

        List<string> inputs = [q, k, v, .. state];
        if (FusesHeadNorms)
        {
            inputs.AddRange(["", "", "", "", "", m.Vector(HeadSize, 1), m.Vector(HeadSize, 1)]);
        }

        List<AttributeProto> attributes =
        [
            DialectModel.Int("num_heads", Heads), DialectModel.Int("kv_num_heads", Groups), DialectModel.Int("do_rotary", 1),
            DialectModel.Int("rotary_interleaved", IsInterleaved ? 1 : 0),
        ];
        if (Scale != 0)
        {
            attributes.Add(DialectModel.Float("scale", Scale));
        }

        // Every second layer sees everything, as in Gemma.
        if (Window >= 0 && (!IsGemma || layer % 2 == 0))
        {
            attributes.Add(DialectModel.Int("local_window_size", Window));
        }

        if (Cap != 0)
        {
            attributes.Add(DialectModel.Float("softcap", Cap));
        }

        if (FusesHeadNorms)
        {
            attributes.Add(DialectModel.Float("qk_norm_epsilon", 1e-5f));
        }

        string[] outputs = m.Nodes("com.microsoft.GroupQueryAttention", 3, [.. inputs], [.. attributes]);
        m.Output($"present.{layer}.key", outputs[1], "batch_size", Groups, "total_sequence_length", HeadSize);
        m.Output($"present.{layer}.value", outputs[2], "batch_size", Groups, "total_sequence_length", HeadSize);
        return Product(m, outputs[0], queries, Hidden);
    }

    private string HeadNorm(DialectModel m, string heads, int width)
    {
        string split = m.Node("Reshape", [heads, m.Longs([0, -1, HeadSize], 3)]);
        string normed = m.Node("SimplifiedLayerNormalization", [split, m.Vector(HeadSize, 1)], Norm());

        // Rows of heads become rows of tokens again.
        return m.Node("Reshape", [normed, m.Node("Concat", [m.Node("Shape", [heads], DialectModel.Int("end", 2)), m.Longs([width], 1)], DialectModel.Int("axis", 0))]);
    }

    private static AttributeProto[] Norm() => [DialectModel.Float("epsilon", 1e-5f), DialectModel.Int("axis", -1), DialectModel.Int("stash_type", 1)];

    private static (string Normed, string Sum) Skip(DialectModel m, string x, string added)
    {
        string[] outputs = m.Nodes("com.microsoft.SkipSimplifiedLayerNormalization", 4, [x, added, m.Vector(Hidden, 1)], DialectModel.Float("epsilon", 1e-5f));
        return (outputs[0], outputs[3]);
    }

    private string Biased(DialectModel m, string value, int width) => HasBias ? m.Node("Add", [value, m.Vector(width, 0)]) : value;

    private string Product(DialectModel m, string x, int inputs, int outputs)
    {
        if (Bits == 0)
        {
            return m.Node("MatMul", [x, m.Matrix(inputs, outputs)]);
        }

        int blocks = inputs / 32;
        string codes = m.Codes(m.Bytes(outputs * inputs * Bits / 8), outputs, blocks, 32 * Bits / 8);
        float step = 4 / MathF.Sqrt(inputs) / (1 << Bits);
        string scales = m.Floats([.. m.Bytes(outputs * blocks).Select(b => step * (1 + (b / 512f)))], outputs * blocks);
        string zeros = m.Codes(m.Bytes(outputs * (((blocks * Bits) + 7) / 8)), outputs * (((blocks * Bits) + 7) / 8));
        return m.Node(
            "com.microsoft.MatMulNBits", [x, codes, scales, zeros], DialectModel.Int("K", inputs), DialectModel.Int("N", outputs), DialectModel.Int("bits", Bits),
            DialectModel.Int("block_size", 32));
    }

    // As for models with LongRoPE: tables for short sequences and for long ones.
    private (string Cos, string Sin) ChosenCaches(DialectModel m, string total)
    {
        string isLong = m.Node("Greater", [m.Node("Cast", [total], DialectModel.Int("to", 7)), m.Longs([OriginalLength])]);
        string[] chosen = m.If(isLong, 2, () => Both(Caches(m, CacheRows, 4)), () => Both(Caches(m, OriginalLength)));
        return (chosen[0], chosen[1]);

        static string[] Both((string Cos, string Sin) caches) => [caches.Cos, caches.Sin];
    }

    private (string Cos, string Sin) Caches(DialectModel m, int rows, double divisor = 1)
    {
        int half = RotaryDim / 2;
        float[] cos = new float[rows * half], sin = new float[rows * half];
        for (int i = 0; i < cos.Length; i++)
        {
            double angle = i / half * Math.Exp(-Math.Log(10000) * (i % half) / half) / divisor;
            (double sine, double cosine) = Math.SinCos(angle);
            (cos[i], sin[i]) = ((float)cosine, (float)sine);
        }

        return (m.Floats(cos, rows, half), m.Floats(sin, rows, half));
    }
}
