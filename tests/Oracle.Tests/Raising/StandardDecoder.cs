using Flightc.Onnx.Proto;

namespace Flightc.Tests;

/// <summary>A decoder in the operators that the standard has for language models from opset 23 on.</summary>
internal sealed record StandardDecoder
{
    private const int Vocabulary = 61;
    private const int Hidden = 64;
    private const int Ffn = 96;
    private const int Layers = 2;
    private const int Heads = 4;
    private const int Groups = 2;
    private const int HeadSize = 16;
    private const int CacheRows = 80;

    /// <summary>A mask of truth values in the place of <c>is_causal</c>.</summary>
    public bool HasMask { get; init; }

    /// <summary>Queries, keys and values of four axes.</summary>
    public bool IsSplit { get; init; }

    public bool IsInterleaved { get; init; }

    public float Cap { get; init; }

    public byte[] Build()
    {
        DialectModel m = new(23, seed: 9);
        string ids = m.Input("input_ids", TensorProto.Types.DataType.Int64, 1, "sequence");
        string positions = m.Input("position_ids", TensorProto.Types.DataType.Int64, 1, "sequence");
        string[] pasts = [.. Enumerable.Range(0, 2 * Layers).Select(i => m.Input(
            $"past_key_values.{i / 2}.{(i % 2 == 0 ? "key" : "value")}", TensorProto.Types.DataType.Float, 1, Groups, "past", HeadSize))];
        (string cos, string sin) = Tables(m, positions);
        string mask = HasMask ? Mask(m, positions, ids, pasts[0]) : "";
        string x = m.Node("Gather", [m.Matrix(Vocabulary, Hidden), ids]);
        for (int i = 0; i < Layers; i++)
        {
            string normed = Norm(m, x);
            string q = m.Node("MatMul", [normed, m.Matrix(Hidden, Heads * HeadSize)]), k = m.Node("MatMul", [normed, m.Matrix(Hidden, Groups * HeadSize)]);
            string v = m.Node("MatMul", [normed, m.Matrix(Hidden, Groups * HeadSize)]);
            if (IsSplit)
            {
                (q, k, v) = (Split(m, q, Heads), Split(m, k, Groups), Split(m, v, Groups));
            }

            q = Turned(m, q, cos, sin, Heads);
            k = Turned(m, k, cos, sin, Groups);
            List<AttributeProto> attributes = [DialectModel.Int("is_causal", HasMask ? 0 : 1), DialectModel.Float("softcap", Cap)];
            if (!IsSplit)
            {
                attributes.AddRange([DialectModel.Int("q_num_heads", Heads), DialectModel.Int("kv_num_heads", Groups)]);
            }

            string[] outputs = m.Nodes("Attention", 3, [q, k, v, mask, pasts[2 * i], pasts[(2 * i) + 1]], [.. attributes]);
            m.Output($"present.{i}.key", outputs[1], 1, Groups, "total", HeadSize);
            m.Output($"present.{i}.value", outputs[2], 1, Groups, "total", HeadSize);
            string mixed = IsSplit
                ? m.Node("Reshape", [m.Node("Transpose", [outputs[0]], DialectModel.Ints("perm", 0, 2, 1, 3)), m.Longs([1, -1, Heads * HeadSize], 3)]) : outputs[0];
            x = m.Node("Add", [x, m.Node("MatMul", [mixed, m.Matrix(Heads * HeadSize, Hidden)])]);
            normed = Norm(m, x);
            string gate = m.Node("MatMul", [normed, m.Matrix(Hidden, Ffn)]), up = m.Node("MatMul", [normed, m.Matrix(Hidden, Ffn)]);
            x = m.Node("Add", [x, m.Node("MatMul", [m.Node("Mul", [m.Node("Gelu", [gate]), up]), m.Matrix(Ffn, Hidden)])]);
        }

        m.Output("logits", m.Node("MatMul", [Norm(m, x), m.Matrix(Hidden, Vocabulary)]), 1, "sequence", Vocabulary);
        return m.Build();
    }

    private static string Norm(DialectModel m, string x) =>
        m.Node("RMSNormalization", [x, m.Vector(Hidden, 1)], DialectModel.Float("epsilon", 1e-6f), DialectModel.Int("axis", -1));

    private static string Split(DialectModel m, string x, int heads) => m.Node(
        "Transpose", [m.Node("Reshape", [x, m.Longs([0, 0, heads, HeadSize], 4)])], DialectModel.Ints("perm", 0, 2, 1, 3));

    private string Turned(DialectModel m, string x, string cos, string sin, int heads) => m.Node(
        "RotaryEmbedding", [x, cos, sin], DialectModel.Int("interleaved", IsInterleaved ? 1 : 0), DialectModel.Int("num_heads", heads));

    // What a query at a position may see: keys up to it.
    private static string Mask(DialectModel m, string positions, string ids, string past)
    {
        string tokens = m.Node("Gather", [m.Node("Shape", [ids]), m.Longs([1])]), before = m.Node("Gather", [m.Node("Shape", [past]), m.Longs([2])]);
        string keys = m.Node("Range", [m.Longs([0]), m.Node("Add", [tokens, before]), m.Longs([1])]);
        return m.Node("LessOrEqual", [keys, m.Node("Unsqueeze", [positions, m.Longs([1, 3], 2)])]);
    }

    private static (string Cos, string Sin) Tables(DialectModel m, string positions)
    {
        int half = HeadSize / 2;
        float[] cos = new float[CacheRows * half], sin = new float[CacheRows * half];
        for (int i = 0; i < cos.Length; i++)
        {
            double angle = i / half * Math.Exp(-Math.Log(500) * (i % half) / half);
            (double sine, double cosine) = Math.SinCos(angle);
            (cos[i], sin[i]) = ((float)cosine, (float)sine);
        }

        return (m.Node("Gather", [m.Floats(cos, CacheRows, half), positions]), m.Node("Gather", [m.Floats(sin, CacheRows, half), positions]));
    }
}
