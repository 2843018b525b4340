using System.Security.Cryptography;

namespace Flightc.Passes.Migration;

/// <summary>Blocks of consecutive features, each rotated by a matrix; weights and activations alike.</summary>
/// <param name="blocks">The matrix of each block.</param>
internal class BlockRotation(params OrthogonalMatrix[] blocks) : FeatureChange
{
    /// <inheritdoc/>
    public override void AppendTo(IncrementalHash hash)
    {
        hash.AppendData("rotation"u8);
        foreach (OrthogonalMatrix block in blocks)
        {
            block.AppendTo(hash);
        }
    }

    /// <inheritdoc/>
    public override void OfWeights(Span<double> weights) => Rotate(weights);

    /// <inheritdoc/>
    public override void OfActivations(Span<double> values) => Rotate(values);

    private void Rotate(Span<double> x)
    {
        int start = 0;
        foreach (OrthogonalMatrix block in blocks)
        {
            block.Apply(x.Slice(start, block.Size));
            start += block.Size;
        }
    }
}
