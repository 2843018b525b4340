namespace Flightc.Onnx.Evaluation;

/// <summary>Turns pairs of features by angles of a position ("RoFormer", arXiv 2104.09864).</summary>
internal static class RotaryRotation
{
    /// <summary>Turns the first <c>2 · cos.Length</c> features in place.</summary>
    /// <param name="features">Of a head at a token.</param>
    /// <param name="cos">A cosine for each pair.</param>
    /// <param name="sin">A sine for each pair.</param>
    /// <param name="isInterleaved">Whether pairs are neighbours; otherwise a pair has an element in each half.</param>
    public static void Turn(Span<double> features, ReadOnlySpan<double> cos, ReadOnlySpan<double> sin, bool isInterleaved)
    {
        int pairs = cos.Length;
        for (int i = 0; i < pairs; i++)
        {
            int first = isInterleaved ? 2 * i : i;
            int second = isInterleaved ? 2 * i + 1 : i + pairs;
            double x = features[first];
            double y = features[second];
            features[first] = cos[i] * x - sin[i] * y;
            features[second] = sin[i] * x + cos[i] * y;
        }
    }
}
