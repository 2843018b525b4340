using Flightc.Onnx.Evaluation;

namespace Flightc.Raising;

/// <summary>Tells what a region does to scores: scale, cap, and which keys it hides.</summary>
/// <remarks>The region is executed on a few numbers, the same for all queries and keys. What comes out for 0 is the mask, and has to be causal; what comes out for others is the same
/// function wherever a key is seen.</remarks>
internal static class ScoreFinder
{
    // Masks are float.MinValue, -infinity, the least binary16, -1e9 or -1e4.
    private const double Hidden = -4000;

    private const double Large = 1 << 20;

    /// <summary>The map, or why there is none.</summary>
    /// <param name="region">From products of queries and keys to what softmax takes.</param>
    /// <param name="lengths">For which it was specialised.</param>
    public static (ScoreMap? Map, string Problem) Find(Region region, Lengths lengths)
    {
        OnnxTensorType type = region.TypeOf(0);
        int keys = (int)type.Shape[^1], tokens = lengths.Tokens;
        if (type.Shape[^2] != tokens || keys < lengths.Total)
        {
            return (null, $"scores of {type.Shape[^2]} queries and {keys} keys are not those of {lengths}");
        }

        double tolerance = ProbeNumbers.ToleranceOf(type.ElementType);

        // One head stands for all, unless what is added tells them apart.
        long[] shape = [.. type.Shape.Select((extent, axis) => axis < type.Rank - 2 ? 1 : extent)];
        double[] mask = At(0);
        if (mask.Length != tokens * keys)
        {
            shape = type.Shape;
            mask = At(0);
        }

        int count = mask.Length;
        if (count != shape.Aggregate(1L, (n, d) => n * d))
        {
            return (null, "scores are not of one shape");
        }

        // Which keys the last query sees says how wide a window is.
        int last = lengths.Total - 1, window = 0;
        for (int key = 0; key <= last; key++)
        {
            window += IsHidden(mask[((tokens - 1) * keys) + key]) ? 0 : 1;
        }

        for (int i = 0; i < count; i++)
        {
            int key = i % keys, position = lengths.Past + (i / keys % tokens);
            bool isSeen = !IsHidden(mask[i]);
            if (isSeen && key > position)
            {
                return (null, $"the query at position {position} sees the key at {key}, which comes later; wanted is a causal mask");
            }

            if (isSeen != (key <= position && position - key < window) && key <= last)
            {
                return (null, $"the query at position {position} {(isSeen ? "sees" : "does not see")} the key at {key}; wanted is a causal mask, with or without a window");
            }

            if (isSeen && !(Math.Abs(mask[i]) <= tolerance))
            {
                return (null, $"{mask[i]:G4} is added to the score of the query at position {position} with the key at {key}; biases by position cannot be raised");
            }
        }

        bool[] seen = [.. mask.Select(m => !IsHidden(m))];
        if (Function(At, seen, tolerance) is not var (scale, cap))
        {
            return (null, "what is done to scores is neither a scale nor a soft cap");
        }

        return (new ScoreMap(scale, cap, window == lengths.Total ? 0 : window), "");

        double[] At(double score)
        {
            double[] scores = new double[shape.Aggregate(1L, (n, d) => n * d)];
            Array.Fill(scores, score);
            return TensorElements.ToDoubles(region.Run([TensorElements.Of(type.ElementType, scores, shape)]));
        }
    }

    private static bool IsHidden(double value) => double.IsNaN(value) || value <= Hidden;

    private static (double Scale, double Cap)? Function(Func<double, double[]> at, bool[] seen, double tolerance)
    {
        if (Same(at(1)) is not { } one || Same(at(64)) is not { } many || Same(at(-8)) is not { } negative || one <= 0)
        {
            return null;
        }

        if (Close(many, 64 * one) && Close(negative, -8 * one))
        {
            return (one, 0);
        }

        if (Same(at(Large)) is not { } cap || cap <= 0 || Same(at(1.0 / 64)) is not { } small)
        {
            return null;
        }

        // Of a small argument the hyperbolic tangent is the argument.
        cap = Simple(cap);
        double scale = Math.Atanh(small / cap) * cap * 64;
        return Close(one, cap * Math.Tanh(scale / cap)) && Close(many, cap * Math.Tanh(64 * scale / cap)) && Close(negative, cap * Math.Tanh(-8 * scale / cap))
            ? (scale, cap)
            : null;

        bool Close(double a, double b) => Math.Abs(a - b) <= 20 * tolerance * Math.Max(Math.Abs(b), 1e-3);

        double? Same(double[] values)
        {
            double? value = null;
            for (int i = 0; i < values.Length; i++)
            {
                if (seen[i] && (value ??= values[i]) != values[i])
                {
                    return null;
                }
            }

            return value;
        }

        static double Simple(double value) => Math.Abs(value - Math.Round(value)) < 1e-4 * value ? Math.Round(value) : (float)value;
    }
}
