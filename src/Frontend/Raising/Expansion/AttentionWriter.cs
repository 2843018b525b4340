using Flightc.Onnx;
using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>Writes attention out: what all attention operators have in common.</summary>
/// <param name="maker">Makes the nodes.</param>
internal sealed class AttentionWriter(NodeMaker maker)
{
    /// <summary>Heads of one value: [1, T, heads · size] becomes [1, heads, T, size].</summary>
    public string Heads(string value, long rows, int heads, long size) => maker.Transpose(maker.Reshape(value, 1, rows, heads, size), 0, 2, 1, 3);

    /// <summary>Tokens before those of the step and theirs, all [1, heads, tokens, size].</summary>
    public string After(string past, string value) => past.Length == 0 ? value : maker.Add("Concat", [past, value], new IntAttribute("axis", 2));

    /// <summary>Attention, as [1, heads, T, size].</summary>
    /// <param name="q">[1, heads, T, size]</param>
    /// <param name="k">[1, groups, S, size]</param>
    /// <param name="v">[1, groups, S, size]</param>
    /// <param name="shape">heads, groups, S and size.</param>
    /// <param name="scale">What scores are multiplied by; 1/√size where 0.</param>
    /// <param name="cap">c of <c>c · tanh(score ÷ c)</c>; 0 for none.</param>
    /// <param name="added">Values that are added to scores.</param>
    public string Attend(string q, string k, string v, (int Heads, int Groups, long Keys, long Size) shape, double scale, double cap, params IReadOnlyList<string> added)
    {
        (k, v) = (Repeated(k, shape), Repeated(v, shape));
        string scores = maker.Add("MatMul", [q, maker.Transpose(k, 0, 1, 3, 2)]);
        scores = maker.Add("Mul", [scores, maker.Number(scale == 0 ? 1 / Math.Sqrt(shape.Size) : scale)]);
        if (cap != 0)
        {
            string number = maker.Number(cap);
            scores = maker.Add("Mul", [maker.Add("Tanh", [maker.Add("Div", [scores, number])]), number]);
        }

        foreach (string value in added)
        {
            scores = maker.Add("Add", [scores, value]);
        }

        return maker.Add("MatMul", [maker.Add("Softmax", [scores], new IntAttribute("axis", -1)), v]);
    }

    /// <summary>A mask that is added: [1, 1, T, S].</summary>
    /// <param name="keys">S</param>
    /// <param name="like">Has the element type.</param>
    /// <param name="isSeen">Whether a query, counted from the step's first, sees a key.</param>
    public string Mask(long keys, string like, Func<int, int, bool> isSeen)
    {
        double[] mask = new double[maker.Lengths.Tokens * keys];
        for (int i = 0; i < mask.Length; i++)
        {
            mask[i] = isSeen((int)(i / keys), (int)(i % keys)) ? 0 : double.NegativeInfinity;
        }

        return maker.Constant(TensorElements.Of(maker.Graph.TypeOf(like).ElementType, mask, 1, 1, maker.Lengths.Tokens, keys));
    }

    // Key and value heads serve groups of query heads.
    private string Repeated(string value, (int Heads, int Groups, long Keys, long Size) shape)
    {
        if (shape.Heads == shape.Groups)
        {
            return value;
        }

        string wide = maker.Reshape(value, 1, shape.Groups, 1, shape.Keys, shape.Size);
        string repeated = maker.Add("Expand", [wide, maker.Longs([1, shape.Groups, shape.Heads / shape.Groups, shape.Keys, shape.Size])]);
        return maker.Reshape(repeated, 1, shape.Heads, shape.Keys, shape.Size);
    }
}
