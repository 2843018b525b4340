using Flightc.Diagnostics;
using Flightc.Numerics;

namespace Flightc.Runtime.Generation;

/// <summary>Chooses tokens. Nothing but the logits, the options and the number of draws so far decides.</summary>
public sealed class Sampler
{
    private readonly SamplingOptions _options;
    private ulong[] _ranked = [];
    private double[] _weights = [];
    private SplitMix64 _random;

    /// <summary>Begins at the seed.</summary>
    /// <exception cref="CompilationException">An option makes no sense (FLC9001).</exception>
    public Sampler(SamplingOptions options)
    {
        options.Require();
        _options = options;
        _random = new SplitMix64(options.Seed);
    }

    /// <summary>The greedy choice of docs/numerics.md §3.</summary>
    /// <param name="logits">At least one, all finite.</param>
    /// <returns>The lowest id among the largest.</returns>
    public static int Greedy(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best])
            {
                best = i;
            }
        }

        return best;
    }

    /// <summary>The next token.</summary>
    /// <param name="logits">At least one, all finite.</param>
    public int Next(ReadOnlySpan<float> logits)
    {
        if (_options.Temperature == 0)
        {
            return Greedy(logits);
        }

        Rank(logits);
        int kept = _options.TopK == 0 ? logits.Length : Math.Min(_options.TopK, logits.Length);
        double total = Weigh(logits, kept);
        if (_options.TopP < 1)
        {
            (kept, total) = Nucleus(kept, _options.TopP * total);
        }

        return IdOf(_ranked[Draw(kept, total)]);
    }

    /// <summary>Orders the ids from the likeliest on.</summary>
    private void Rank(ReadOnlySpan<float> logits)
    {
        if (_ranked.Length != logits.Length)
        {
            _ranked = new ulong[logits.Length];
            _weights = new double[logits.Length];
        }

        for (int i = 0; i < logits.Length; i++)
        {
            // The bits of a float, made to fall where the float rises; every key differs, so that any sort
            // gives the same order. +0 and -0 are equal logits.
            uint bits = BitConverter.SingleToUInt32Bits(logits[i] + 0f);
            uint falling = (bits & 0x80000000) == 0 ? ~(bits | 0x80000000) : bits;
            _ranked[i] = ((ulong)falling << 32) | (uint)i;
        }

        Array.Sort(_ranked);
    }

    private double Weigh(ReadOnlySpan<float> logits, int kept)
    {
        double largest = logits[IdOf(_ranked[0])];
        double total = 0;
        for (int i = 0; i < kept; i++)
        {
            _weights[i] = PortableMath.Exp((logits[IdOf(_ranked[i])] - largest) / _options.Temperature);
            total += _weights[i];
        }

        return total;
    }

    private (int Kept, double Total) Nucleus(int kept, double wanted)
    {
        double total = 0;
        for (int i = 0; i < kept; i++)
        {
            total += _weights[i];
            if (total >= wanted)
            {
                return (i + 1, total);
            }
        }

        return (kept, total);
    }

    private int Draw(int kept, double total)
    {
        // 53 bits: every value in [0, 1) that the fraction of a double can count.
        double left = (_random.Next() >> 11) * (1.0 / (1L << 53)) * total;
        int last = 0;
        for (int i = 0; i < kept; i++)
        {
            if (_weights[i] > 0)
            {
                last = i;
                left -= _weights[i];
                if (left < 0)
                {
                    break;
                }
            }
        }

        // Where rounding leaves a rest, it belongs to the last token.
        return last;
    }

    private static int IdOf(ulong ranked) => (int)(uint)ranked;
}
