using Flightc.IR;

namespace Flightc.Passes.Masking;

/// <summary>Measures what masks do to a model's predictions: KL(model || masked model), nats per token.</summary>
internal sealed class MaskEffect
{
    private readonly IForwardPass _forward;
    private readonly IReadOnlyList<int[]> _windows;
    private readonly string _logits;

    // By window and token: logarithms of probabilities of the model without masks.
    private readonly float[][][] _expected;

    /// <summary>Runs the model without masks.</summary>
    /// <param name="forward">The model.</param>
    /// <param name="windows">Prompts; their logits are held.</param>
    /// <param name="logits">Name of the logits.</param>
    public MaskEffect(IForwardPass forward, IReadOnlyList<int[]> windows, string logits)
    {
        (_forward, _windows, _logits) = (forward, windows, logits);
        _expected = [.. windows.Select(window => Logarithms(null, window))];
    }

    /// <summary>The mean over all tokens of all windows.</summary>
    public double KlOf(AttentionMasks masks)
    {
        double sum = 0;
        long tokens = 0;
        for (int w = 0; w < _windows.Count; w++)
        {
            float[][] actual = Logarithms(masks, _windows[w]);
            for (int t = 0; t < actual.Length; t++)
            {
                for (int i = 0; i < actual[t].Length; i++)
                {
                    sum += Math.Exp(_expected[w][t][i]) * (_expected[w][t][i] - (double)actual[t][i]);
                }
            }

            tokens += actual.Length;
        }

        return sum / tokens;
    }

    private float[][] Logarithms(AttentionMasks? masks, int[] window)
    {
        RowLog rows = new(_logits);
        _forward.Run(masks, window, rows);
        return [.. rows[_logits].Select(Logarithms)];
    }

    private static float[] Logarithms(float[] logits)
    {
        double largest = logits.Max();
        double total = 0;
        foreach (float logit in logits)
        {
            total += Math.Exp(logit - largest);
        }

        double shift = largest + Math.Log(total);
        return [.. logits.Select(logit => (float)(logit - shift))];
    }
}
