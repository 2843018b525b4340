using Flightc.Onnx;

namespace Flightc.Raising;

/// <summary>A weight as the Graph wants it, (out, in) or (n), made of a constant of the ONNX graph.</summary>
/// <remarks>Transpositions, casts that lose nothing and reshapes behind an initializer are seen through, so that the initializer itself is what is read later: a weight then
/// has the element type and the data that it has in a checkpoint.</remarks>
internal sealed class RaisedWeight
{
    private RaisedWeight(Constant? origin, bool isTransposed, long[] shape, int[]? rows)
    {
        Origin = origin;
        IsTransposed = isTransposed;
        Shape = shape;
        Rows = rows;
    }

    /// <summary>What it is read from: an initializer, or a value that has to be evaluated; null for ones.</summary>
    public Constant? Origin { get; }

    /// <summary>Whether <see cref="Origin"/> is stored (in, out).</summary>
    public bool IsTransposed { get; }

    /// <summary>(out, in) or (n).</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Which rows of the whole it has, in this order; null for all.</summary>
    public IReadOnlyList<int>? Rows { get; }

    /// <summary>A text that is equal for equal weights of one model.</summary>
    public string Text => $"{Origin?.Name ?? "ones"}{(IsTransposed ? " transposed" : "")}{(Rows is null ? "" : " rows " + string.Join(',', Rows))}";

    /// <summary>So many ones.</summary>
    public static RaisedWeight Ones(int count) => new(null, false, [count], null);

    /// <summary>A matrix.</summary>
    /// <param name="constant">Of two dimensions.</param>
    /// <param name="isTransposed">Whether it is (in, out).</param>
    public static RaisedWeight Matrix(Constant constant, bool isTransposed)
    {
        long[] shape = isTransposed ? [constant.Type.Shape[1], constant.Type.Shape[0]] : constant.Type.Shape;
        while (Before(constant) is { } before)
        {
            if (constant.Node!.OpType == "Transpose")
            {
                isTransposed = !isTransposed;
            }

            constant = before;
        }

        return new RaisedWeight(constant, isTransposed, shape, null);

        static Constant? Before(Constant constant) => constant.Node is not { Domain: "" } node ? null : node.OpType switch
        {
            // Of two dimensions, whichever way they are turned: no perm means all reversed.
            "Transpose" when IsTurn(node) => constant.Inputs[0],
            _ => PassedOn(constant) is { Type.Rank: 2 } before && before.Type.Shape.SequenceEqual(constant.Type.Shape) ? before : null,
        };
    }

    /// <summary>A vector.</summary>
    /// <param name="constant">Of any shape; its elements in order are taken.</param>
    public static RaisedWeight Vector(Constant constant)
    {
        long count = constant.Type.ElementCount;
        while (PassedOn(constant) is { } before)
        {
            constant = before;
        }

        return new RaisedWeight(constant, false, [count], null);
    }

    /// <summary>Some of its rows, in any order.</summary>
    public RaisedWeight Select(IReadOnlyList<int> rows)
    {
        int[] chosen = [.. rows.Select(r => Rows is null ? r : Rows[r])];
        bool isWhole = chosen.Length == (Rows is null ? Shape[0] : long.MaxValue) && chosen.Select((r, i) => r == i).All(same => same);
        return new RaisedWeight(Origin, IsTransposed, [chosen.Length, .. Shape.Skip(1)], isWhole ? null : chosen);
    }

    private static bool IsTurn(OnnxNode node) =>
        node.Attributes.GetValueOrDefault("perm") is not IntsAttribute perm || perm.Values is [1, 0];

    // The value with the same elements in the same order and exactly as large, or null.
    private static Constant? PassedOn(Constant constant) => constant.Node is not { Domain: "" } node ? null : node.OpType switch
    {
        "Identity" or "Reshape" or "Squeeze" or "Unsqueeze" or "Flatten" => constant.Inputs[0],
        "Cast" when IsWidening(constant.Inputs[0]!.Type.ElementType, constant.Type.ElementType) => constant.Inputs[0],
        _ => null,
    };

    private static bool IsWidening(OnnxElementType from, OnnxElementType to) => from == to || (from, to) is
        (OnnxElementType.Float16 or OnnxElementType.BFloat16, OnnxElementType.Float or OnnxElementType.Double) or (OnnxElementType.Float, OnnxElementType.Double);
}
