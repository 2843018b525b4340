namespace Flightc.Onnx.Evaluation;

/// <summary>A mask of integers as ONNX Runtime's attention operators take it: keys that it does not name get a large negative number added.</summary>
/// <remarks>
/// Shapes: <c>[batch]</c> the number of keys; <c>[2·batch]</c> the ends and then the starts of keys; <c>[batch, keys]</c> and <c>[batch, queries, keys]</c> 1 for keys that
/// count; <c>[batch, 1, n, n]</c> the same by places in the whole sequence.
/// </remarks>
internal sealed class PaddingMask(long[] values, long[] shape, int batchCount, int past, double filter)
{
    /// <summary>What is added to the score of (batch, query, key).</summary>
    public double At(int batch, int query, int key)
    {
        bool counts = shape.Length switch
        {
            1 => key < values[batch] && (values.Length == batchCount || key >= values[batchCount + batch]),
            2 => values[batch * shape[1] + key] != 0,
            3 => values[(batch * shape[1] + query) * shape[2] + key] != 0,
            _ => values[(batch * shape[2] + past + query) * shape[3] + key] != 0,
        };
        return counts ? 0 : filter;
    }

    /// <summary>Whether a shape is one of those, for so many sequences, queries and keys.</summary>
    public static bool Fits(long[] shape, long batch, long queries, long keys) => shape.Length switch
    {
        1 => shape[0] == batch || shape[0] == 2 * batch,
        2 => shape[0] == batch && shape[1] == keys,
        3 => shape[0] == batch && shape[1] == queries && shape[2] == keys,
        4 => shape[0] == batch && shape[1] == 1 && shape[2] == shape[3] && shape[3] >= keys,
        _ => false,
    };
}
