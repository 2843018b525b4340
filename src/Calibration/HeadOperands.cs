using Flightc.IR;

namespace Flightc.Calibration;

/// <summary>Queries, keys and values of one query head, each (T, d) and contiguous.</summary>
internal sealed class HeadOperands(float[] q, float[] k, float[] v, Attention op, int tokens, int head)
{
    private readonly int _kvHead = head / (op.Heads / op.KvHeads);

    /// <summary>(T, d)</summary>
    public float[] Queries { get; } = Take(q, op.Heads * op.HeadDim, head, op.HeadDim, tokens);

    /// <summary>(T, d), of the KV head that the query head uses.</summary>
    public float[] Keys => field ??= Take(k, op.KvHeads * op.HeadDim, _kvHead, op.HeadDim, tokens);

    /// <summary>(T, d), likewise.</summary>
    public float[] Values => field ??= Take(v, op.KvHeads * op.HeadDim, _kvHead, op.HeadDim, tokens);

    /// <summary>Copies one head's columns out of rows of all heads.</summary>
    public static float[] Take(float[] x, int width, int head, int d, int tokens)
    {
        float[] y = new float[tokens * d];
        for (int t = 0; t < tokens; t++)
        {
            x.AsSpan((t * width) + (head * d), d).CopyTo(y.AsSpan(t * d));
        }

        return y;
    }

    /// <summary>Copies one head's columns into rows of all heads.</summary>
    public static void Put(float[] x, float[] destination, int width, int head, int d, int tokens)
    {
        for (int t = 0; t < tokens; t++)
        {
            x.AsSpan(t * d, d).CopyTo(destination.AsSpan((t * width) + (head * d)));
        }
    }
}
