using Flightc.Onnx.Proto;

namespace Flightc.Tests;

/// <summary>A decoder of one layer for six tokens, in elementary operators, with places to be wrong at.</summary>
internal sealed record SmallDecoder
{
    private const int Tokens = 6;
    private const int Vocabulary = 13;
    private const int Hidden = 16;
    private const int Heads = 2;
    private const int Size = 8;

    /// <summary>What is added to the score of a query with a key, by head.</summary>
    public Func<int, int, int, float> Mask { get; init; } = (query, key, _) => key <= query ? 0 : float.MinValue;

    /// <summary>By what a pair is turned at a position.</summary>
    public Func<int, int, double> Angle { get; init; } = (position, pair) => position * Math.Exp(-Math.Log(10000) * 2 * pair / Size);

    /// <summary>The operator between the projections.</summary>
    public string Function { get; init; } = "Relu";

    /// <summary>Whether attention and feed-forward network read the same values.</summary>
    public bool IsParallel { get; init; }

    public bool TakesEmbeddings { get; init; }

    public byte[] Build()
    {
        DialectModel m = new(17, seed: 3);
        string x = TakesEmbeddings
            ? m.Input("inputs_embeds", TensorProto.Types.DataType.Float, 1, Tokens, Hidden)
            : m.Node("Gather", [m.Matrix(Vocabulary, Hidden), m.Input("input_ids", TensorProto.Types.DataType.Int64, 1, Tokens)]);
        string normed = Norm(m, x);
        (string cos, string sin) = Tables(m);
        string q = Turned(m, Split(m, normed), cos, sin), k = Turned(m, Split(m, normed), cos, sin), v = Split(m, normed);
        string scores = m.Node("MatMul", [q, m.Node("Transpose", [k], DialectModel.Ints("perm", 0, 1, 3, 2))]);
        scores = m.Node("Add", [m.Node("Div", [scores, m.Floats([MathF.Sqrt(Size)])]), MaskOf(m)]);
        string mixed = m.Node("MatMul", [m.Node("Softmax", [scores], DialectModel.Int("axis", -1)), v]);
        mixed = m.Node("Reshape", [m.Node("Transpose", [mixed], DialectModel.Ints("perm", 0, 2, 1, 3)), m.Longs([1, Tokens, Hidden], 3)]);
        string attended = m.Node("Add", [x, m.Node("MatMul", [mixed, m.Matrix(Hidden, Hidden)])]);
        string hidden = m.Node(Function, [m.Node("MatMul", [IsParallel ? normed : Norm(m, attended), m.Matrix(Hidden, 24)])]);
        string sum = m.Node("Add", [attended, m.Node("MatMul", [hidden, m.Matrix(24, Hidden)])]);
        m.Output("logits", m.Node("MatMul", [Norm(m, sum), m.Matrix(Hidden, Vocabulary)]), 1, Tokens, Vocabulary);
        return m.Build();
    }

    private static string Norm(DialectModel m, string x)
    {
        string mean = m.Node("ReduceMean", [m.Node("Pow", [x, m.Floats([2])])], DialectModel.Ints("axes", -1));
        string root = m.Node("Sqrt", [m.Node("Add", [mean, m.Floats([1e-6f])])]);
        return m.Node("Mul", [m.Vector(Hidden, 1), m.Node("Mul", [x, m.Node("Reciprocal", [root])])]);
    }

    private static string Split(DialectModel m, string normed) => m.Node(
        "Transpose", [m.Node("Reshape", [m.Node("MatMul", [normed, m.Matrix(Hidden, Hidden)]), m.Longs([1, Tokens, Heads, Size], 4)])],
        DialectModel.Ints("perm", 0, 2, 1, 3));

    private static string Turned(DialectModel m, string x, string cos, string sin)
    {
        string[] halves = m.Nodes("Split", 2, [x], DialectModel.Int("axis", -1));
        string rotated = m.Node("Concat", [m.Node("Neg", [halves[1]]), halves[0]], DialectModel.Int("axis", -1));
        return m.Node("Add", [m.Node("Mul", [x, cos]), m.Node("Mul", [rotated, sin])]);
    }

    private (string Cos, string Sin) Tables(DialectModel m)
    {
        float[] cos = new float[Tokens * Size], sin = new float[Tokens * Size];
        for (int i = 0; i < cos.Length; i++)
        {
            double angle = Angle(i / Size, i % (Size / 2));
            (double sine, double cosine) = Math.SinCos(angle);
            (cos[i], sin[i]) = ((float)cosine, (float)sine);
        }

        return (m.Floats(cos, Tokens, Size), m.Floats(sin, Tokens, Size));
    }

    private string MaskOf(DialectModel m)
    {
        float[] mask = [.. Enumerable.Range(0, Heads * Tokens * Tokens).Select(i => Mask(i / Tokens % Tokens, i % Tokens, i / Tokens / Tokens))];
        return m.Floats(mask, 1, Heads, Tokens, Tokens);
    }
}
