using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Flightc.Passes.Migration;

/// <summary>The features behind a norm, of which the weight moves into the matrices that read them, and which are then rotated.</summary>
/// <param name="norm">The norm's weight, (n).</param>
/// <param name="rotation">Q, of size n.</param>
internal sealed class FoldedRotation(float[] norm, OrthogonalMatrix rotation) : BlockRotation(rotation)
{
    /// <inheritdoc/>
    public override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        hash.AppendData("norm"u8);
        hash.AppendData(MemoryMarshal.AsBytes(norm.AsSpan()));
    }

    /// <inheritdoc/>
    public override void OfWeights(Span<double> weights)
    {
        for (int k = 0; k < weights.Length; k++)
        {
            weights[k] *= norm[k];
        }

        base.OfWeights(weights);
    }

    /// <inheritdoc/>
    public override void OfActivations(Span<double> values)
    {
        for (int k = 0; k < values.Length; k++)
        {
            // What a norm silences is not known; see OfMoment.
            values[k] = norm[k] == 0 ? 0 : values[k] / norm[k];
        }

        base.OfActivations(values);
    }

    /// <inheritdoc/>
    /// <remarks>Features that the norm's weight silences are heard after the rotation. Of what a norm gives before its weight the squares sum to n, so
    /// that what others lack of it is theirs, in equal shares.</remarks>
    public override float[] OfMoment(float[] moment, int size, int threads)
    {
        int[] silent = [.. Enumerable.Range(0, size).Where(k => norm[k] == 0)];
        if (silent.Length == 0)
        {
            return base.OfMoment(moment, size, threads);
        }

        double heard = 0;
        for (int k = 0; k < size; k++)
        {
            heard += norm[k] == 0 ? 0 : moment[(k * size) + k] / ((double)norm[k] * norm[k]);
        }

        // Rotations are linear: the part of the silent features is rotated by itself.
        float[] part = new float[moment.Length];
        foreach (int k in silent)
        {
            part[(k * size) + k] = (float)(Math.Max(0, size - heard) / silent.Length);
        }

        float[] result = base.OfMoment(moment, size, threads), added = new BlockRotation(rotation).OfMoment(part, size, threads);
        for (int i = 0; i < result.Length; i++)
        {
            result[i] += added[i];
        }

        return result;
    }
}
