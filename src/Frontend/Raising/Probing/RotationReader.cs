namespace Flightc.Raising;

/// <summary>Reads rotations off the matrices by which the heads of consecutive tokens are multiplied.</summary>
internal static class RotationReader
{
    private const double Tolerance = 2e-3;

    /// <summary>The pairs that are turned and the elements that are kept.</summary>
    /// <param name="matrices">By token; <c>[t, out, in]</c>.</param>
    /// <param name="first">The first token's position.</param>
    public static (IReadOnlyList<HeadPair> Pairs, IReadOnlyList<(int Out, int In)> Kept, double KeptScale, string? Problem) Read(double[,,] matrices, int first)
    {
        int tokens = matrices.GetLength(0), size = matrices.GetLength(1);
        List<(int Out, int In)> kept = [];
        Dictionary<(int, int), List<int>> turned = [];
        double scale = double.NaN;
        for (int i = 0; i < size; i++)
        {
            int[] inputs = [.. Enumerable.Range(0, size).Where(j => Enumerable.Range(0, tokens).Any(t => matrices[t, i, j] != 0))];
            if (inputs.Length == 1)
            {
                double value = matrices[0, i, inputs[0]];
                scale = double.IsNaN(scale) ? value : scale;
                if (Enumerable.Range(0, tokens).Any(t => Differ(matrices[t, i, inputs[0]], scale)))
                {
                    return Fail("elements of heads are scaled unequally");
                }

                kept.Add((i, inputs[0]));
            }
            else if (inputs.Length == 2)
            {
                turned.TryAdd((inputs[0], inputs[1]), []);
                turned[(inputs[0], inputs[1])].Add(i);
            }
            else
            {
                return Fail(inputs.Length == 0 ? "elements of heads are lost" : "elements of heads are mixed in a way that is no rotation");
            }
        }

        List<HeadPair> pairs = [];
        foreach (((int a, int b), List<int> outputs) in turned)
        {
            if (outputs.Count != 2 || (Pair(matrices, outputs[0], outputs[1], a, b, first) ?? Pair(matrices, outputs[0], outputs[1], b, a, first)) is not { } pair)
            {
                return Fail("elements of heads are turned by angles that are not proportional to the position");
            }

            pairs.Add(pair);
        }

        return (pairs, kept, scale, null);

        static (IReadOnlyList<HeadPair>, IReadOnlyList<(int, int)>, double, string?) Fail(string problem) => ([], [], 1, problem);
    }

    // The rotation that makes out1 of in1 and out2 of in2, or null.
    private static HeadPair? Pair(double[,,] matrices, int out1, int out2, int in1, int in2, int first)
    {
        int tokens = matrices.GetLength(0);
        double[] angles = new double[tokens];
        double magnitude = 0;
        for (int t = 0; t < tokens; t++)
        {
            double cos = matrices[t, out1, in1], sin = matrices[t, out2, in1];
            if (Differ(cos, matrices[t, out2, in2]) || Differ(sin, -matrices[t, out1, in2]))
            {
                return null;
            }

            angles[t] = Math.Atan2(sin, cos);
            double length = Math.Sqrt((cos * cos) + (sin * sin));
            magnitude = t == 0 ? length : magnitude;
            if (Differ(length, magnitude))
            {
                return null;
            }
        }

        // From one position to the next less than half a turn; then the last position tells more digits.
        int last = first + tokens - 1;
        double step = tokens > 1 ? Wrapped(angles[1] - angles[0]) : last == 0 ? 0 : angles[0] / last;
        double frequency = last == 0 ? step : (angles[^1] + (Math.Round(((step * last) - angles[^1]) / Math.Tau) * Math.Tau)) / last;
        if (frequency == 0 || Enumerable.Range(0, tokens).Any(t => Math.Abs(Wrapped((frequency * (first + t)) - angles[t])) > Tolerance))
        {
            return null;
        }

        return frequency > 0
            ? new HeadPair(out1, out2, in1, in2, frequency, magnitude)
            : new HeadPair(out2, out1, in2, in1, -frequency, magnitude);
    }

    private static double Wrapped(double angle) => angle - (Math.Round(angle / Math.Tau) * Math.Tau);

    private static bool Differ(double a, double b) => !(Math.Abs(a - b) <= Tolerance * Math.Max(Math.Abs(a), Math.Max(Math.Abs(b), 0.01)));
}
